#!/usr/bin/env bats
# The hook with a curl that writes down what it is told.

setup() {
    HOOK="$BATS_TEST_DIRNAME/../hooks/pre-exit"
    JOB="$BATS_TEST_TMPDIR/job"
    mkdir -p "$JOB/app/reports" "$BATS_TEST_TMPDIR/bin"
    cat >"$BATS_TEST_TMPDIR/bin/curl" <<'STUB'
#!/usr/bin/env bash
printf '%s\n' "$@" >>"$TOLD.arguments"
cat >>"$TOLD"
[ -z "${CURL_FAILS:-}" ] || exit 7
printf '%s\n%s' "${CURL_SAYS:-{\"url\": \"https://creel.example.com/builds/1\"\}}" "${CURL_STATUS:-200}"
STUB
    chmod +x "$BATS_TEST_TMPDIR/bin/curl"
    export TOLD="$BATS_TEST_TMPDIR/told" PATH="$BATS_TEST_TMPDIR/bin:$PATH"
    export CREEL_URL="https://creel.example.com/" CREEL_API_KEY='not-a-"key'
    export BUILDKITE_PLUGIN_CREEL_FILES='**/TEST-*.xml'
    export BUILDKITE_BUILD_ID=build BUILDKITE_BUILD_NUMBER=88 BUILDKITE_JOB_ID=job BUILDKITE_LABEL=Tests
    export BUILDKITE_COMMIT=9f3c2d1e0b4a59687f6e5d4c3b2a190817263544 BUILDKITE_COMMAND_EXIT_STATUS=1
    cd "$JOB" || exit 1
    echo '<testsuites/>' >TEST-a.xml
    echo '<testsuites/>' >app/reports/TEST-b.xml
}

@test "it sends what the patterns find, and the key by no command line" {
    run "$HOOK"
    [ "$status" -eq 0 ]
    [[ "$output" == *"sent 2 files"*"https://creel.example.com"* ]]
    [[ "$output" == *"see https://creel.example.com/builds/1?tab=tests"* ]]
    grep -F 'url = "https://creel.example.com/api/v1/reports"' "$TOLD"
    grep -F 'header = "X-API-Key: not-a-\"key"' "$TOLD"
    grep -F 'form = "file=@\"TEST-a.xml\";filename=\"TEST-a.xml\""' "$TOLD"
    grep -F 'app/reports/TEST-b.xml' "$TOLD"
    ! grep -F 'not-a-' "$TOLD.arguments"
}

@test "it tells which job it was and how it went" {
    export BUILDKITE_MESSAGE=$'Say "yes"\nand \\ more' BUILDKITE_RETRY_COUNT=1
    run "$HOOK"
    told="$(grep -F 'form-string' "$TOLD")"
    [[ "$told" == *'\"build\":\"build\"'*'\"number\":88'* ]]
    [[ "$told" == *'\"job_attempt\":2'*'\"job_status\":\"failure\"'* ]]
    [[ "$told" == *'Say \\\"yes\\\"\\nand \\\\ more'* ]]
}

@test "a list of patterns, each file once" {
    unset BUILDKITE_PLUGIN_CREEL_FILES
    export BUILDKITE_PLUGIN_CREEL_FILES_0='TEST-a.xml' BUILDKITE_PLUGIN_CREEL_FILES_1=' *.xml ; app/**/*.xml'
    run "$HOOK"
    [[ "$output" == *"sent 2 files"* ]]
}

@test "names with blanks and quotes are names" {
    echo '<testsuites/>' >'TEST-a "b" c.xml'
    export BUILDKITE_PLUGIN_CREEL_FILES='TEST-a *.xml'
    run "$HOOK"
    [[ "$output" == *"sent 1 files"* ]]
    grep -F 'form = "file=@\"TEST-a \\\"b\\\" c.xml\"' "$TOLD"
}

@test "links are not followed" {
    echo 'not for others' >"$BATS_TEST_TMPDIR/secret"
    ln -s "$BATS_TEST_TMPDIR/secret" TEST-link.xml
    run "$HOOK"
    [[ "$output" == *"sent 2 files"* ]]
    ! grep -F TEST-link "$TOLD"
}

@test "without files, address or key nothing is sent, and the job goes on" {
    BUILDKITE_PLUGIN_CREEL_FILES='*.trx' run "$HOOK"
    [ "$status" -eq 0 ]
    [[ "$output" == *"no file matches *.trx"* ]]
    CREEL_URL="" run "$HOOK"
    [ "$status" -eq 0 ]
    [[ "$output" == *"CREEL_URL is not set"* ]]
    CREEL_URL="ftp://example.com" run "$HOOK"
    [ "$status" -eq 0 ]
    [[ "$output" == *"begins with https://"* ]]
    CREEL_API_KEY="" run "$HOOK"
    [ "$status" -eq 0 ]
    [[ "$output" == *"CREEL_API_KEY is not set"* ]]
    [ ! -e "$TOLD" ]
}

@test "a fork is told why it has no key" {
    export CREEL_API_KEY="" BUILDKITE_REPO=git@github.com:acme/shop.git
    export BUILDKITE_PULL_REQUEST_REPO=https://github.com/mallory/shop
    run "$HOOK"
    [ "$status" -eq 0 ]
    [[ "$output" == *"builds of forks get no secrets"* ]]
}

@test "a server that refuses or is away does not fail the job" {
    CURL_STATUS=403 CURL_SAYS='{"detail": "the key may not"}' run "$HOOK"
    [ "$status" -eq 0 ]
    [[ "$output" == *"answered 403: the key may not"* ]]
    CURL_FAILS=yes run "$HOOK"
    [ "$status" -eq 0 ]
    [[ "$output" == *"cannot be reached"* ]]
}

@test "what breaks within does not fail the job" {
    rm "$BATS_TEST_TMPDIR/bin/curl"
    PATH="$BATS_TEST_TMPDIR/bin" run /bin/bash "$HOOK"
    [ "$status" -eq 0 ]
}

@test "the token of Buildkite goes along, byte by byte" {
    BUILDKITE_API_TOKEN='not-a-token&ü' run "$HOOK"
    grep -F '?buildkiteToken=not-a-token%26%C3%BC"' "$TOLD"
}

@test "options go before variables" {
    export BUILDKITE_PLUGIN_CREEL_URL=http://127.0.0.1:3000/creel OTHER=not-another
    export BUILDKITE_PLUGIN_CREEL_API_KEY_ENV_NAME=OTHER BUILDKITE_PLUGIN_CREEL_NAME=unit
    export BUILDKITE_PLUGIN_CREEL_VARIANT=linux BUILDKITE_PLUGIN_CREEL_TIMEOUT=7
    run "$HOOK"
    grep -F 'url = "http://127.0.0.1:3000/creel/api/v1/reports"' "$TOLD"
    grep -F 'X-API-Key: not-another' "$TOLD"
    grep -F '\"name\":\"unit\",\"variant\":\"linux\"' "$TOLD"
    grep -Fx 7 "$TOLD.arguments"
}

@test "many files go in several requests of one report" {
    for ((i = 0; i < 501; i++)); do echo '<testsuites/>' >"TEST-many-$i.xml"; done
    BUILDKITE_PLUGIN_CREEL_FILES='TEST-many-*.xml' run "$HOOK"
    [[ "$output" == *"sent 501 files"* ]]
    [ "$(grep -c '^url = ' "$TOLD")" -eq 2 ]
    [ "$(grep -F '\"count\":2' "$TOLD" | sed -E 's/.*\\"id\\":\\"([^\\]*).*/\1/' | sort -u | wc -l)" -eq 1 ]
}

@test "a shell that sources the hook keeps its options" {
    run bash -c "set -e; . '$HOOK'; shopt -q globstar && exit 3; [[ \$- != *u* ]] && echo went on"
    [ "$status" -eq 0 ]
    [[ "$output" == *"went on"* ]]
}
