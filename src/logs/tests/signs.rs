//! Lines that tell of a failure, and lines that only talk about one.

use proptest::prelude::*;

use crate::logs::Sign;
use crate::logs::signs::{CANDIDATES, sign};

#[test]
fn what_compilers_say() {
    for line in [
        "error[E0308]: mismatched types",
        "   error[E0425]: cannot find value `x` in this scope",
        "src/main.c:12:5: error: expected ';' before 'return'",
        "src/main.c:12: error: old style",
        "main.cpp(42,7): error C2065: 'x': undeclared identifier",
        "Program.cs(3,1): error CS1002: ; expected [/src/app.csproj]",
        "src/app.ts(10,5): error TS2304: Cannot find name 'foo'.",
        "src/app.ts:10:5 - error TS2322: Type 'string' is not assignable",
        "MSBUILD : error MSB1009: Project file does not exist.",
        "LINK : fatal error LNK1104: cannot open file 'x.lib'",
        "foo.c:1:10: fatal error: missing.h: No such file or directory",
        "  12:5  error  'x' is not defined  no-undef",
        "e: file:///app/src/Main.kt:3:5 Unresolved reference: x",
        "main.o: undefined reference to `foo'",
        "[ERROR] /app/src/App.java:[12,8] cannot find symbol",
        "##[error]src/app.ts(10,5): error TS2304: Cannot find name 'foo'.",
    ] {
        assert_eq!(sign(line), Some(Sign::Compiler), "{line}");
    }
}

#[test]
fn what_test_runners_say() {
    for line in [
        "FAILED tests/test_login.py::test_wrong_password - AssertionError",
        "FAILED (failures=1, errors=0)",
        "[  FAILED  ] LoginTest.Wrong (3 ms)",
        "test login::wrong ... FAILED",
        "test result: FAILED. 1 passed; 1 failed; 0 ignored",
        "--- FAIL: TestLogin (0.00s)",
        "    --- FAIL: TestLogin/wrong (0.00s)",
        "FAIL\texample.com/login\t0.01s",
        "FAIL src/login.test.js",
        "FAIL",
        "FAIL: test_wrong (tests.test_login.LoginTest)",
        "E       AssertionError: assert 1 == 2",
        "  Failed LoginTest.Wrong [12 ms]",
        "Failed!  - Failed:     1, Passed:     3, Skipped:     0",
        "LoginTest > wrongPassword() FAILED",
        "[ERROR] Tests run: 3, Failures: 1, Errors: 0, Skipped: 0",
        "Tests:       1 failed, 3 passed, 4 total",
        "not ok 3 - wrong password",
    ] {
        assert_eq!(sign(line), Some(Sign::Test), "{line}");
    }
}

#[test]
fn what_programs_say_before_they_end() {
    for line in [
        "thread 'main' panicked at src/main.rs:3:5:",
        "thread 'login::wrong' (12345) panicked at src/lib.rs:3:5:",
        "panic: runtime error: index out of range [3] with length 3",
        "Traceback (most recent call last):",
        "ModuleNotFoundError: No module named 'requests'",
        "java.lang.NullPointerException: Cannot invoke \"x\"",
        "Caused by: java.io.IOException: Broken pipe",
        "Exception in thread \"main\" java.lang.RuntimeException: x",
        "TypeError: Cannot read properties of undefined (reading 'x')",
        "    TypeError [ERR_INVALID_ARG_TYPE]: The \"path\" argument must be",
        "ActiveRecord::RecordNotFoundError: no such user",
    ] {
        assert_eq!(sign(line), Some(Sign::Exception), "{line}");
    }
}

#[test]
fn what_tools_the_machine_and_agents_say() {
    for (line, wanted) in [
        ("npm ERR! code ELIFECYCLE", Sign::Exit),
        ("npm ERR! code E404", Sign::Tool),
        ("npm error 404 Not Found", Sign::Tool),
        ("fatal: repository not found", Sign::Tool),
        ("ERROR: failed to solve: process \"/bin/sh -c make\"", Sign::Tool),
        ("ERROR: Could not find a version that satisfies the requirement x", Sign::Tool),
        ("Error: Cannot find module 'x'", Sign::Tool),
        ("│ Error: Invalid reference", Sign::Tool),
        ("[ERROR] Failed to execute goal", Sign::Tool),
        ("> Task :app:compileJava FAILED", Sign::Tool),
        ("BUILD FAILED in 3s", Sign::Tool),
        ("** BUILD FAILED **", Sign::Tool),
        ("FAILED: src/main.o", Sign::Tool),
        ("Error response from daemon: pull access denied", Sign::Tool),
        ("✖ 3 problems (2 errors, 1 warning)", Sign::Tool),
        ("write error: No space left on device", Sign::System),
        ("Segmentation fault (core dumped)", Sign::System),
        (
            "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
            Sign::System,
        ),
        ("./run.sh: line 3: 1234 Killed                  ./build", Sign::System),
        ("bash: line 1: pnpm: command not found", Sign::System),
        ("zsh:3: command not found: pnpm", Sign::System),
        ("/bin/sh: 1: pnpm: not found", Sign::System),
        ("./run.sh: line 3: cd: dist: No such file or directory", Sign::System),
        ("'foo' is not recognized as an internal or external command,", Sign::System),
        ("foo : The term 'foo' is not recognized as the name of a cmdlet", Sign::System),
        ("An error occurred (AccessDenied) when calling the PutObject operation: no", Sign::Tool),
        ("curl: (28) Operation timed out after 30001 milliseconds", Sign::Tool),
        ("ERROR in ./src/app.js", Sign::Tool),
        ("🚨 Error: The command exited with status 1", Sign::Exit),
        ("user command error: exit status 1", Sign::Exit),
        ("##[error]Bash exited with code '1'.", Sign::Exit),
        ("##[error]The process '/usr/bin/npm' failed with exit code 1", Sign::Exit),
        ("Process completed with exit code 2.", Sign::Exit),
        ("make: *** [Makefile:3: all] Error 2", Sign::Exit),
        ("make[1]: *** No rule to make target 'x'.  Stop.", Sign::Exit),
        ("error Command failed with exit code 1.", Sign::Exit),
        ("error: aborting due to 2 previous errors", Sign::Exit),
        (
            "error: could not compile `creel` (lib) due to 1 previous error; 3 warnings emitted",
            Sign::Exit,
        ),
        ("##[error]Something of a task's own", Sign::Marker),
        ("##vso[task.logissue type=error;sourcepath=a.c]broken", Sign::Marker),
    ] {
        assert_eq!(sign(line), Some(wanted), "{line}");
    }
}

#[test]
fn what_warns() {
    for line in [
        "warning: unused variable: `x`",
        "warning[unused]: x",
        "src/main.c:12:5: warning: unused variable 'x'",
        "Program.cs(3,1): warning CS0168: The variable 'x' is declared but never used",
        "npm WARN deprecated inflight@1.0.6",
        "WARNING: You are using pip version 20",
        "WARNING! Using --password via the CLI is insecure. Use --password-stdin.",
        "WARN[0000] Found no UID ranges set aside for user \"josh\" in /etc/subuid.",
        "[WARNING] The POM is missing",
        "##[warning]The windows-2019 image is retired",
        "/usr/lib/python3/x.py:12: DeprecationWarning: imp is deprecated",
        "  12:5  warning  Unexpected console statement  no-console",
    ] {
        assert_eq!(sign(line), Some(Sign::Warning), "{line}");
    }
}

#[test]
fn talk_about_errors_is_no_error() {
    for line in [
        "0 errors",
        "error: 0",
        "Errors: 0",
        "errors: none",
        "Error: null",
        "no error",
        "Build succeeded. 0 Warning(s) 0 Error(s)",
        "Found 0 errors. Watching for file changes.",
        "test result: ok. 3 passed; 0 failed",
        "test handles_error_when_login_fails ... ok",
        "Compiling thiserror v2.0.1",
        "ok error_page_is_shown",
        "    Finished without errors",
        "PASS src/error.test.js",
        "[  PASSED  ] 3 tests.",
        "exited with code 0",
        "Process completed with exit code 0.",
        "The command exited with status 0",
        "const message = `error: ${x}`;",
        "Tests:       0 failed, 3 passed, 3 total",
        "Failed!  - Failed:     0, Passed:     3",
        "[ERROR] Tests run: 3, Failures: 0, Errors: 0, Skipped: 0"
            .strip_prefix("[ERROR] ")
            .expect("a prefix"),
        "✖ 3 problems (0 errors, 3 warnings)",
        "downloading error-chain 0.12",
        "copy Error.h -> include/Error.h",
        "log level set to error",
        "set -o errexit; trap 'fail' ERR",
        "fatal_error_handler.o",
        "docs: ERROR in upper case",
        "curl: try 'curl --help'",
        "cache: not found",
        "warnings: 0",
        "0 warnings",
        "--- a/src/error.rs",
        "git commit -m 'fix: error: wrong'",
        "",
    ] {
        assert_eq!(sign(line), None, "{line}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_line_with_a_sign_has_one_of_the_words_looked_for(
        line in "(error|Error|ERROR|FAILED|FAIL|warning|npm|ERR!|fatal|panic|: |[1-9]|\\[E1\\]|/a/b.c|exited with code|status|\\*\\*\\*|make| |\t|##\\[error\\]|x){0,8}",
    ) {
        if sign(&line).is_some() {
            let candidates = regex::Regex::new(CANDIDATES).expect("a pattern");
            prop_assert!(candidates.is_match(&line), "{line}");
        }
    }
}
