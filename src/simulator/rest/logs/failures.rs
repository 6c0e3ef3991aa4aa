//! What steps say when they fail, each cause in the words of its toolchain.

use super::{Kind, Page, Part, Tool, Work};
use crate::simulator::dice::Dice;
use crate::simulator::story::cause::Cause;
use crate::simulator::suites::{self, assertion, case, size};

#[rustfmt::skip]
const SUBJECTS: [&str; 8] =
    ["basket", "invoice", "voucher", "refund", "pricing", "session", "delivery", "search"];

/// The bad end: what went wrong, and what the tools around it add.
pub fn write(work: &Work<'_>, cause: Cause, dice: &mut Dice, page: &mut Page) {
    match cause {
        Cause::CompileError => compile(work, dice, page),
        Cause::TestFailure => tests(work, dice, page),
        Cause::Lint => lint(work, dice, page),
        Cause::Dependency => dependency(work, dice, page),
        Cause::Network => network(work, dice, page),
        Cause::OutOfMemory => out_of_memory(work, dice, page),
        Cause::ScriptError => script(dice, page),
        Cause::Infrastructure => infrastructure(dice, page),
        Cause::Timeout => hang(dice, page),
        // The log just ends.
        Cause::AgentLost | Cause::NoAgent | Cause::Rejected | Cause::Canceled => {}
    }
}

fn compile(work: &Work<'_>, dice: &mut Dice, page: &mut Page) {
    let subject = *dice.pick(&SUBJECTS);
    let (line, column, product) = (dice.between(5, 480), dice.between(5, 60), work.product);
    match work.tool {
        Tool::Rust => {
            page.decide(Kind::Red, "error[E0308]: mismatched types");
            page.plain(format!("   --> src/{subject}.rs:{line}:{column}"));
            page.plain("    |");
            page.plain(format!("{line:<4}|     let total = price_of(item);"));
            page.plain(
                "    |                 ^^^^^^^^^^^^^^ expected `Money`, found `Option<Money>`",
            );
            page.plain("");
            page.plain(format!(
                "error: could not compile `{product}` (lib) due to 1 previous error"
            ));
        }
        Tool::Node | Tool::Browser => {
            page.decide(
                Kind::Plain,
                format!(
                    "src/{subject}/total.ts({line},{column}): error TS2345: Argument of type 'string \
                     | undefined' is not assignable to parameter of type 'string'."
                ),
            );
            page.plain("npm error Lifecycle script `build` failed with error:");
            page.plain("npm error code 2");
        }
        Tool::Java => {
            let class = suites::pascal(subject);
            page.plain("[ERROR] COMPILATION ERROR :");
            page.decide(
                Kind::Plain,
                format!(
                    "[ERROR] /s/src/main/java/com/contoso/{class}.java:[{line},{column}] cannot find \
                     symbol"
                ),
            );
            page.plain("[ERROR]   symbol:   method priceOf(com.contoso.Item)");
            page.plain(format!("[ERROR]   location: class com.contoso.{class}"));
            page.plain("[INFO] BUILD FAILURE");
            page.plain("[ERROR] -> [Help 1]");
        }
        Tool::Go => {
            page.plain(format!("# {product}/internal/{subject}"));
            page.decide(
                Kind::Plain,
                format!("internal/{subject}/total.go:{line}:{column}: undefined: priceOf"),
            );
            page.plain("make: *** [Makefile:14: build] Error 1");
        }
        Tool::Python => {
            page.decide(
                Kind::Plain,
                format!(
                    "src/{subject}.py:{line}: error: Incompatible return value type (got \"None\", \
                     expected \"int\")  [return-value]"
                ),
            );
            page.plain("Found 1 error in 1 file (checked 48 source files)");
        }
        Tool::Dotnet => {
            page.decide(
                Kind::Error,
                format!(
                    "{subject}.cs({line},{column}): error CS0103: The name 'priceOf' does not exist in \
                     the current context"
                ),
            );
            page.plain("Build FAILED.");
            page.plain("    0 Warning(s)");
            page.plain("    1 Error(s)");
        }
        Tool::Terraform => {
            page.plain("╷");
            page.decide(Kind::Red, "│ Error: Unsupported argument");
            page.plain("│ ");
            page.plain(format!(
                "│   on {subject}.tf line {line}, in resource \"bucket\" \"this\":"
            ));
            page.plain(format!("│   {line}:   regoin = var.region"));
            page.plain("╵");
        }
    }
}

fn tests(work: &Work<'_>, dice: &mut Dice, page: &mut Page) {
    let failing = suites::failing(work.suite, work.trouble, work.seed);
    let (all, failed) = (size(work.suite), failing.len());
    let passed = all as usize - failed;
    let seconds = dice.between(3, 120);
    if work.tool == Tool::Rust {
        page.plain("failures:");
    } else if work.tool == Tool::Python {
        page.plain(
            "=================================== FAILURES ===================================",
        );
    }
    let mut is_first = true;
    for number in &failing {
        let case = case(work.suite, work.tool, *number);
        let (expected, got) = assertion(*number);
        let (name, storage) = (case.name.as_str(), case.storage.as_str());
        let line = 20 + number % 300;
        let mut tell = |page: &mut Page, kind: Kind, text: String| {
            if std::mem::take(&mut is_first) {
                page.decide(kind, text);
            } else {
                page.say(kind, text);
            }
        };
        match work.tool {
            Tool::Rust => {
                page.plain(format!("---- {name} stdout ----"));
                tell(page, Kind::Plain, format!("thread '{name}' panicked at {storage}:{line}:9:"));
                page.plain("assertion `left == right` failed");
                page.plain(format!("  left: {got}"));
                page.plain(format!(" right: {expected}"));
            }
            Tool::Node | Tool::Terraform => {
                tell(page, Kind::Red, format!("  ● {name}"));
                page.plain("    expect(received).toBe(expected) // Object.is equality");
                page.plain(format!("    Expected: {expected}"));
                page.plain(format!("    Received: {got}"));
                page.plain(format!("      at Object.<anonymous> ({storage}:{line}:21)"));
            }
            Tool::Browser => {
                tell(page, Kind::Red, format!("  1) [chromium] › {name}"));
                page.plain("    Error: expect(locator).toHaveText(expected) failed");
                page.plain(format!("    Expected string: \"{expected}\""));
                page.plain(format!("    Received string: \"{got}\""));
                page.plain(format!("        at {storage}:{line}:30"));
            }
            Tool::Java => {
                tell(
                    page,
                    Kind::Plain,
                    format!("[ERROR] {name}:{line} expected: <{expected}> but was: <{got}>"),
                );
            }
            Tool::Go => {
                let test = name.split('/').next().unwrap_or(name);
                page.plain(format!("--- FAIL: {test} (0.0{}s)", number % 9));
                tell(page, Kind::Plain, format!("    --- FAIL: {name} (0.00s)"));
                page.plain(format!("        total_test.go:{line}: got {got}, want {expected}"));
                page.plain(format!("FAIL\t{}/{storage}\t0.41s", work.product));
            }
            Tool::Python => {
                page.plain(format!(">       assert total == {expected}"));
                page.plain(format!("E       assert {got} == {expected}"));
                page.plain(format!("{storage}:{line}: AssertionError"));
                tell(page, Kind::Red, format!("FAILED {name} - assert {got} == {expected}"));
            }
            Tool::Dotnet => {
                tell(page, Kind::Error, format!("{name} failed: Assert.Equal() Failure"));
                page.plain(format!("   Expected: {expected}"));
                page.plain(format!("   Actual:   {got}"));
                page.plain(format!("   at {name}() in /s/tests/Tests.cs:line {line}"));
            }
        }
    }
    let result = match work.tool {
        Tool::Rust => {
            format!("test result: FAILED. {passed} passed; {failed} failed; 0 ignored; 0 measured")
        }
        Tool::Node | Tool::Terraform => {
            format!("Tests:       {failed} failed, {passed} passed, {all} total")
        }
        Tool::Browser => format!("  {failed} failed, {passed} passed ({seconds}.2s)"),
        Tool::Java => {
            page.plain("[INFO] BUILD FAILURE");
            format!("[ERROR] Tests run: {all}, Failures: {failed}, Errors: 0, Skipped: 0")
        }
        Tool::Go => "FAIL".to_owned(),
        Tool::Python => format!("===== {failed} failed, {passed} passed in {seconds}.20s ====="),
        Tool::Dotnet => {
            format!("Failed!  - Failed: {failed:>5}, Passed: {passed:>5}, Skipped:     0")
        }
    };
    page.plain(result);
}

fn lint(work: &Work<'_>, dice: &mut Dice, page: &mut Page) {
    let subject = *dice.pick(&SUBJECTS);
    let (line, column) = (dice.between(2, 300), dice.between(1, 40));
    match work.tool {
        Tool::Rust => {
            page.decide(Kind::Red, "error: this `if` has identical blocks");
            page.plain(format!("   --> src/{subject}.rs:{line}:{column}"));
            page.plain("    = note: `-D clippy::if-same-then-else` implied by `-D warnings`");
            page.plain(format!("error: could not compile `{}` (lib)", work.product));
        }
        Tool::Node | Tool::Browser => {
            page.plain(format!("/s/src/{subject}/total.ts"));
            page.decide(
                Kind::Plain,
                format!(
                    "  {line}:{column}  error  'total' is assigned a value but never used  \
                     @typescript-eslint/no-unused-vars"
                ),
            );
            page.say(Kind::Red, "✖ 1 problem (1 error, 0 warnings)");
        }
        Tool::Java => page.decide(
            Kind::Plain,
            format!(
                "[ERROR] src/main/java/com/contoso/{}.java:[{line},{column}] (imports) UnusedImports: \
                 Unused import - java.util.List.",
                suites::pascal(subject)
            ),
        ),
        Tool::Go => page.decide(
            Kind::Plain,
            format!(
                "internal/{subject}/total.go:{line}:{column}: ineffectual assignment to err (ineffassign)"
            ),
        ),
        Tool::Python => {
            page.decide(
                Kind::Plain,
                format!("src/{subject}.py:{line}:{column}: F401 [*] `json` imported but unused"),
            );
            page.plain("Found 1 error.");
        }
        Tool::Dotnet => page.decide(
            Kind::Error,
            format!("{subject}.cs({line},{column}): error WHITESPACE: Fix whitespace formatting."),
        ),
        Tool::Terraform => {
            page.plain("1 issue(s) found:");
            page.decide(
                Kind::Plain,
                "Warning: variable \"region\" is declared but not used (terraform_unused_declarations)",
            );
            page.plain(format!("  on {subject}.tf line {line}:"));
        }
    }
}

fn dependency(work: &Work<'_>, dice: &mut Dice, page: &mut Page) {
    let name = *dice.pick(&["money", "barcode", "tax-tables", "event-bus"]);
    let version = format!("{}.{}.0", dice.between(2, 9), dice.below(20));
    match work.tool {
        Tool::Rust => {
            page.decide(
                Kind::Red,
                format!("error: failed to select a version for the requirement `{name} = \"^{version}\"`"),
            );
            page.plain("candidate versions found which didn't match: 1.4.0, 1.3.2, ...");
        }
        Tool::Node | Tool::Browser => {
            page.plain("npm error code E404");
            page.decide(
                Kind::Plain,
                format!(
                    "npm error 404 Not Found - GET https://registry.example/@contoso%2f{name} - Not found"
                ),
            );
            page.plain(format!("npm error 404  '@contoso/{name}@^{version}' is not in this registry."));
        }
        Tool::Java => page.decide(
            Kind::Plain,
            format!(
                "[ERROR] Failed to execute goal on project {}: Could not resolve dependencies: Could not \
                 find artifact com.contoso:{name}:jar:{version} in central",
                work.product
            ),
        ),
        Tool::Go => page.decide(
            Kind::Plain,
            format!(
                "go: example.org/{name}@v{version}: reading https://proxy.example/{name}/@v/v{version}.mod: \
                 404 Not Found"
            ),
        ),
        Tool::Python => {
            page.plain(format!(
                "ERROR: Could not find a version that satisfies the requirement {name}=={version}"
            ));
            page.decide(
                Kind::Red,
                format!("ERROR: No matching distribution found for {name}=={version}"),
            );
        }
        Tool::Dotnet => page.decide(
            Kind::Error,
            format!(
                "error NU1101: Unable to find package Contoso.{name}. No packages exist with this id in \
                 source(s): feed"
            ),
        ),
        Tool::Terraform => {
            page.decide(Kind::Red, "│ Error: Failed to query available provider packages");
            page.plain(format!(
                "│ Could not retrieve the list of available versions for provider example/{name}"
            ));
        }
    }
}

fn network(work: &Work<'_>, dice: &mut Dice, page: &mut Page) {
    let host = format!("packages.{}.example", work.product);
    let ms = dice.between(120_000, 135_000);
    match dice.below(4) {
        0 => {
            page.decide(Kind::Plain, format!("curl: (6) Could not resolve host: {host}"));
            page.plain("make: *** [Makefile:8: fetch] Error 6");
        }
        1 => page.decide(
            Kind::Plain,
            format!(
                "fatal: unable to access 'https://{host}/shared.git/': Failed to connect to {host} port \
                 443 after {ms} ms: Connection timed out"
            ),
        ),
        2 => {
            page.plain("npm error code ECONNRESET");
            page.decide(Kind::Plain, "npm error network read ECONNRESET");
            page.plain("npm error network This is a problem related to network connectivity.");
        }
        _ => {
            page.plain(format!("Retrying https://{host}/ in 30 s (attempt 3 of 3)"));
            page.decide(
                Kind::Plain,
                format!("error: request to https://{host}/ failed: TLS handshake timeout"),
            );
        }
    }
}

fn out_of_memory(work: &Work<'_>, dice: &mut Dice, page: &mut Page) {
    let pid = dice.between(900, 60_000);
    match work.tool {
        Tool::Node | Tool::Browser if work.part != Part::Deploy => {
            page.plain(format!("<--- Last few GCs --->  [{pid}:0x6d3c120] Mark-Compact 4051.3 MB"));
            page.decide(
                Kind::Plain,
                "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
            );
            page.plain("Aborted (core dumped)");
        }
        Tool::Java if work.part != Part::Deploy => {
            page.decide(Kind::Plain, "java.lang.OutOfMemoryError: Java heap space");
            page.plain("[ERROR] The forked VM terminated without properly saying goodbye.");
        }
        _ => {
            page.decide(Kind::Plain, format!("/bin/bash: line 1: {pid} Killed"));
            page.plain("make: *** [Makefile:31: all] Error 137");
        }
    }
}

fn script(dice: &mut Dice, page: &mut Page) {
    let line = dice.between(8, 120);
    match dice.below(4) {
        0 => page.decide(
            Kind::Plain,
            format!("scripts/prepare.sh: line {line}: REGION: unbound variable"),
        ),
        1 => page.decide(Kind::Plain, "jq: error (at <stdin>:0): Cannot iterate over null (null)"),
        2 => page.decide(
            Kind::Plain,
            "make: *** No rule to make target 'dist/app.tar.gz', needed by 'publish'.  Stop.",
        ),
        _ => {
            page.decide(
                Kind::Plain,
                format!("scripts/prepare.sh: line {line}: ./bin/migrate: Permission denied"),
            );
            page.plain("make: *** [Makefile:22: migrate] Error 2");
        }
    }
}

fn infrastructure(dice: &mut Dice, page: &mut Page) {
    match dice.below(3) {
        0 => page.decide(
            Kind::Plain,
            "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon \
             running?",
        ),
        1 => page.decide(
            Kind::Plain,
            "write /var/lib/docker/tmp/layer.tar: no space left on device",
        ),
        _ => page.decide(
            Kind::Plain,
            "Error response from daemon: toomanyrequests: You have reached your pull rate limit.",
        ),
    }
}

fn hang(dice: &mut Dice, page: &mut Page) {
    for nth in 1..=dice.between(6, 14) {
        page.plain(format!("Waiting for the database to accept connections ({nth})..."));
    }
}
