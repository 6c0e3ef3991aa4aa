# What the hook does, with bash and curl alone: 3.2 of macOS is enough.
# Secrets go to curl by its standard input, never by its command line.

# A server takes 16 MiB in one request; this leaves room for what names the files.
readonly CREEL_REQUEST_BYTES_MAX=15000000
readonly CREEL_REQUEST_FILES_MAX=500
readonly CREEL_MESSAGE_CHARACTERS_MAX=2000

creel_say() { echo "creel: $*" >&2; }

# An option of the plugin, or nothing.
creel_option() {
    local name="BUILDKITE_PLUGIN_CREEL_$1"
    printf '%s' "${!name:-}"
}

# A list of options, one a line; a single text may hold several with `;` between them.
creel_options() {
    local index=0 name="BUILDKITE_PLUGIN_CREEL_$1" value
    value="${!name:-}"
    if [ -n "$value" ]; then
        printf '%s\n' "${value//;/$'\n'}"
        return
    fi
    name="BUILDKITE_PLUGIN_CREEL_$1_$index"
    while [ -n "${!name:-}" ]; do
        printf '%s\n' "${!name//;/$'\n'}"
        index=$((index + 1))
        name="BUILDKITE_PLUGIN_CREEL_$1_$index"
    done
}

# A text as JSON has it, in quotes.
creel_json() {
    local text="$1" out="" character code i
    for ((i = 0; i < ${#text}; i++)); do
        character="${text:i:1}"
        case "$character" in
            '"') out+='\"' ;;
            "\\") out+='\\' ;;
            $'\n') out+='\n' ;;
            $'\r') out+='\r' ;;
            $'\t') out+='\t' ;;
            [[:cntrl:]])
                printf -v code '\\u%04x' "'$character"
                out+="$code"
                ;;
            *) out+="$character" ;;
        esac
    done
    printf '"%s"' "$out"
}

# A text in quotes, for curl's configuration and for the names in a form.
creel_quoted() {
    local text="${1//\\/\\\\}"
    printf '"%s"' "${text//\"/\\\"}"
}

# A text within a query, byte by byte.
creel_encoded() {
    local LC_ALL=C text="$1" out="" character code i
    for ((i = 0; i < ${#text}; i++)); do
        character="${text:i:1}"
        case "$character" in
            [a-zA-Z0-9._~-]) out+="$character" ;;
            *)
                printf -v code '%%%02X' "'$character"
                out+="$code"
                ;;
        esac
    done
    printf '%s' "$out"
}

# The files that a pattern finds, one a line. Links are left out: what they lead to may be no business of the job.
creel_find() {
    local pattern="${1#./}" path
    if shopt -s globstar nullglob 2>/dev/null; then
        local IFS=""
        # The pattern is meant to be expanded, and only that.
        # shellcheck disable=SC2206
        local found=($pattern)
        for path in ${found[@]+"${found[@]}"}; do
            if [ -f "$path" ] && [ ! -L "$path" ]; then printf '%s\n' "$path"; fi
        done
        return
    fi
    # Bash 3 has no `**`. Here a `*` crosses directories as well: more may match, and no less.
    local loose="${pattern//\*\*\//*}"
    find . -type f -print | while IFS= read -r path; do
        path="${path#./}"
        # shellcheck disable=SC2053
        if [[ "$path" == $pattern || "$path" == $loose ]]; then printf '%s\n' "$path"; fi
    done
}

creel_bytes() { wc -c <"$1" | tr -d ' '; }

# `acme/shop` of an address of a repository, in lower case.
creel_repository() {
    local address="${1%/}"
    address="${address%.git}"
    address="${address//://}"
    local owner="${address%/*}"
    printf '%s/%s' "${owner##*/}" "${address##*/}" | tr '[:upper:]' '[:lower:]'
}

# An address as it may be shown: without a name and a password.
creel_shown() {
    local rest="${1#*://}"
    local authority="${rest%%/*}"
    printf '%s://%s%s' "${1%%://*}" "${authority##*@}" "${rest#"$authority"}"
}

creel_is_hash() { [[ "$1" =~ ^[0-9a-fA-F]{40}$ || "$1" =~ ^[0-9a-fA-F]{64}$ ]]; }

# A member of a JSON object, with a comma before it; nothing where nothing is known.
creel_text() { if [ -n "$2" ]; then printf ',"%s":%s' "$1" "$(creel_json "$2")"; fi; }
creel_number() { if [[ "$2" =~ ^[0-9]+$ ]]; then printf ',"%s":%s' "$1" "$2"; fi; }

# Where this runs, as the part `ci` tells it: the words of `creel report`.
creel_ci() {
    local commit="${BUILDKITE_COMMIT:-}" status="" pull_request=""
    creel_is_hash "$commit" || commit="$(git rev-parse --verify HEAD 2>/dev/null || true)"
    creel_is_hash "$commit" || commit=""
    case "${BUILDKITE_JOB_CANCELLED:-}:${BUILDKITE_COMMAND_EXIT_STATUS:-}" in
        *:) ;;
        true:*) status=aborted ;;
        *:0) status=success ;;
        *) status=failure ;;
    esac
    if [[ "${BUILDKITE_PULL_REQUEST:-}" =~ ^[0-9]+$ ]]; then pull_request="$BUILDKITE_PULL_REQUEST"; fi

    printf '{"provider":"buildkite"'
    creel_text source "${BUILDKITE_ORGANIZATION_SLUG:-}"
    creel_text pipeline "${BUILDKITE_PIPELINE_SLUG:-}"
    creel_text pipeline_id "${BUILDKITE_PIPELINE_ID:-}"
    creel_text pipeline_name "${BUILDKITE_PIPELINE_NAME:-}"
    creel_text default_branch "${BUILDKITE_PIPELINE_DEFAULT_BRANCH:-}"
    creel_text build "${BUILDKITE_BUILD_ID:-}"
    creel_number number "${BUILDKITE_BUILD_NUMBER:-}"
    creel_text url "${BUILDKITE_BUILD_URL:-}"
    creel_text branch "${BUILDKITE_BRANCH:-}"
    creel_text commit "$(printf '%s' "$commit" | tr '[:upper:]' '[:lower:]')"
    local message="${BUILDKITE_MESSAGE:-}"
    creel_text message "${message:0:CREEL_MESSAGE_CHARACTERS_MAX}"
    creel_text reason "${BUILDKITE_SOURCE:-}"
    creel_text requested_by "${BUILDKITE_BUILD_CREATOR:-}"
    if [ -n "$pull_request" ]; then
        creel_number pull_request "$pull_request"
        creel_text pull_request_target "${BUILDKITE_PULL_REQUEST_BASE_BRANCH:-}"
    fi
    creel_text job "${BUILDKITE_LABEL:-${BUILDKITE_STEP_KEY:-}}"
    creel_text job_id "${BUILDKITE_JOB_ID:-}"
    if [[ "${BUILDKITE_RETRY_COUNT:-}" =~ ^[0-9]+$ ]]; then
        creel_number job_attempt "$((BUILDKITE_RETRY_COUNT + 1))"
    fi
    creel_text job_status "$status"
    creel_text step_key "${BUILDKITE_STEP_KEY:-}"
    if [[ "${BUILDKITE_PARALLEL_JOB:-}" =~ ^[0-9]+$ && "${BUILDKITE_PARALLEL_JOB_COUNT:-}" -gt 1 ]]; then
        printf ',"shard":{"index":%s,"count":%s}' "$BUILDKITE_PARALLEL_JOB" "$BUILDKITE_PARALLEL_JOB_COUNT"
    fi
    creel_text agent "${BUILDKITE_AGENT_NAME:-}"
    creel_text name "$(creel_option NAME)"
    creel_text variant "$(creel_option VARIANT)"
    printf ',"part":{"index":%s,"count":%s,"id":%s}' "$1" "$2" "$(creel_json "$3")"
    printf ',"reporter":"creel buildkite-plugin"}'
}

# Send the files of one request; its place among all requests comes first.
creel_send() {
    local index="$1" count="$2" id="$3"
    shift 3
    local url="$CREEL_PLUGIN_URL/api/v1/reports" answer status path
    if [ -n "${BUILDKITE_API_TOKEN:-}" ]; then
        url+="?buildkiteToken=$(creel_encoded "$BUILDKITE_API_TOKEN")"
    fi
    answer="$(
        {
            printf 'url = %s\n' "$(creel_quoted "$url")"
            printf 'header = %s\n' "$(creel_quoted "X-API-Key: $CREEL_PLUGIN_KEY")"
            # No waiting for a word that the server may send before the body.
            printf 'header = "Expect:"\n'
            printf 'form-string = %s\n' "$(creel_quoted "ci=$(creel_ci "$index" "$count" "$id")")"
            for path in "$@"; do
                printf 'form = %s\n' \
                    "$(creel_quoted "file=@$(creel_quoted "$path");filename=$(creel_quoted "$path")")"
            done
        } | curl --silent --show-error --config - --proto '=http,https' --connect-timeout 5 \
            --max-time "$CREEL_PLUGIN_TIMEOUT" --retry 6 --retry-connrefused --retry-max-time "$CREEL_PLUGIN_TIMEOUT" \
            --write-out '\n%{http_code}'
    )" || {
        creel_say "nothing was sent: the server at $CREEL_PLUGIN_SHOWN cannot be reached"
        return 1
    }
    status="${answer##*$'\n'}"
    answer="${answer%$'\n'*}"
    if [[ ! "$status" =~ ^2[0-9][0-9]$ ]]; then
        local why=""
        [[ "$answer" =~ \"detail\":[[:space:]]*\"([^\"]*)\" ]] && why=": ${BASH_REMATCH[1]}"
        creel_say "nothing was sent: $CREEL_PLUGIN_SHOWN answered $status$why"
        return 1
    fi
    if [[ "$answer" =~ \"url\":[[:space:]]*\"([^\"]*)\" ]]; then CREEL_PLUGIN_PAGE="${BASH_REMATCH[1]}"; fi
}

creel_report() {
    set -uo pipefail
    local key_name pattern path list bytes total=0 sent=0 index=0 id
    key_name="$(creel_option API_KEY_ENV_NAME)"
    key_name="${key_name:-CREEL_API_KEY}"
    CREEL_PLUGIN_URL="$(creel_option URL)"
    CREEL_PLUGIN_URL="${CREEL_PLUGIN_URL:-${CREEL_URL:-}}"
    CREEL_PLUGIN_URL="${CREEL_PLUGIN_URL%/}"
    CREEL_PLUGIN_SHOWN="$(creel_shown "$CREEL_PLUGIN_URL")"
    CREEL_PLUGIN_KEY="${!key_name:-}"
    CREEL_PLUGIN_TIMEOUT="$(creel_option TIMEOUT)"
    CREEL_PLUGIN_TIMEOUT="${CREEL_PLUGIN_TIMEOUT:-60}"
    CREEL_PLUGIN_PAGE=""
    # An agent waits ten seconds for the end of a canceled job.
    if [ "${BUILDKITE_JOB_CANCELLED:-}" = true ]; then CREEL_PLUGIN_TIMEOUT=5; fi

    case "$CREEL_PLUGIN_URL" in
        http://?* | https://?*) ;;
        "") creel_say "nothing was sent: CREEL_URL is not set, nor the option url" && return 0 ;;
        *) creel_say "nothing was sent: the address of the server begins with https:// or http://" && return 0 ;;
    esac
    if [ -z "$CREEL_PLUGIN_KEY" ]; then
        if [ -n "${BUILDKITE_PULL_REQUEST_REPO:-}" ] &&
            [ "$(creel_repository "$BUILDKITE_PULL_REQUEST_REPO")" != "$(creel_repository "${BUILDKITE_REPO:-}")" ]; then
            creel_say "nothing was sent: builds of forks get no secrets, and $key_name is one"
        else
            creel_say "nothing was sent: $key_name is not set"
        fi
        return 0
    fi

    list="$(creel_options FILES)"
    list="${list:-${TEST_RESULTS_GLOB:-}}"
    list="${list//;/$'\n'}"
    if [ -z "$list" ]; then
        creel_say "nothing was sent: the option files is missing, and TEST_RESULTS_GLOB is not set"
        return 0
    fi
    local files=() seen=$'\n'
    while IFS= read -r pattern; do
        # Without blanks around it.
        pattern="${pattern#"${pattern%%[![:space:]]*}"}"
        pattern="${pattern%"${pattern##*[![:space:]]}"}"
        [ -n "$pattern" ] || continue
        while IFS= read -r path; do
            case "$seen" in *$'\n'"$path"$'\n'*) continue ;; esac
            seen+="$path"$'\n'
            bytes="$(creel_bytes "$path")"
            if [ "$bytes" -gt "$CREEL_REQUEST_BYTES_MAX" ]; then
                creel_say "$path is too large ($bytes bytes): \`creel report\` sends it in pieces"
                continue
            fi
            files+=("$path")
        done < <(creel_find "$pattern")
    done <<<"$list"
    if [ "${#files[@]}" -eq 0 ]; then
        creel_say "nothing was sent: no file matches ${list//$'\n'/;}"
        return 0
    fi

    # Where each request begins.
    local begins=(0) at=0 count=0
    for path in "${files[@]}"; do
        bytes="$(creel_bytes "$path")"
        if [ "$count" -gt 0 ] && { [ "$((total + bytes))" -gt "$CREEL_REQUEST_BYTES_MAX" ] ||
            [ "$count" -eq "$CREEL_REQUEST_FILES_MAX" ]; }; then
            begins+=("$at")
            total=0 count=0
        fi
        total=$((total + bytes)) count=$((count + 1)) at=$((at + 1))
    done
    id="${BUILDKITE_JOB_ID:-job}-$$-$RANDOM$RANDOM"
    for ((index = 0; index < ${#begins[@]}; index++)); do
        local from="${begins[index]}" to="${begins[index + 1]:-${#files[@]}}"
        creel_send "$index" "${#begins[@]}" "$id" "${files[@]:from:to-from}" || return 0
        sent=$((sent + to - from))
    done
    creel_say "sent $sent files with results of tests to $CREEL_PLUGIN_SHOWN"
    if [ -n "$CREEL_PLUGIN_PAGE" ]; then creel_say "see $CREEL_PLUGIN_PAGE?tab=tests"; fi
}
