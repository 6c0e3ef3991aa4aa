//! Reports in JUnit, as the runners of several languages write them.

use std::fmt::Write as _;

use super::{Case, Outcome, Ran, assertion, case};
use crate::simulator::rest::logs::Tool;
use crate::simulator::story::trouble::Trouble;

/// How a failure is told.
struct Told {
    kind: &'static str,
    message: String,
    stack: String,
}

/// The report of a job's tests. `product` is what is tested.
pub fn write(ran: &Ran, product: &str) -> String {
    let mut out = String::with_capacity(16 * 1024);
    out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    let cases: Vec<Case> =
        (0..ran.size()).map(|number| case(ran.suite, ran.tool, number)).collect();
    for suite in
        cases.chunk_by(|a, b| suite_name(ran.tool, a, product) == suite_name(ran.tool, b, product))
    {
        let count = |wanted: Outcome| {
            suite.iter().filter(|case| ran.outcome(case.number) == wanted).count()
        };
        let ms: u32 = suite.iter().map(|case| ran.duration_ms(case.number)).sum();
        let (failed, skipped) = (count(Outcome::Failed), count(Outcome::NotExecuted));
        let (failures, errors) = if is_error(ran) { (0, failed) } else { (failed, 0) };
        let _ = writeln!(
            out,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\" \
             skipped=\"{skipped}\" time=\"{}\" timestamp=\"{}\">",
            escaped(&suite_name(ran.tool, &suite[0], product)),
            suite.len(),
            seconds(ms),
            ran.from.timestamp(),
        );
        for case in suite {
            write_case(ran, case, product, &mut out);
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn write_case(ran: &Ran, case: &Case, product: &str, out: &mut String) {
    let _ = write!(
        out,
        "    <testcase classname=\"{}\" name=\"{}\" time=\"{}\"",
        escaped(&class(ran.tool, case, product)),
        escaped(&case.short),
        seconds(ran.duration_ms(case.number)),
    );
    let element = match ran.outcome(case.number) {
        Outcome::Passed => return out.push_str("/>\n"),
        Outcome::NotExecuted => {
            return out.push_str("><skipped message=\"waits for the new gateway\"/></testcase>\n");
        }
        Outcome::Failed if is_error(ran) => "error",
        Outcome::Failed => "failure",
        Outcome::PassedAgain => "flakyFailure",
    };
    let Told { kind, message, stack } = told(ran, case, product);
    let (message, stack) = (escaped(&message).replace('\n', "&#10;"), escaped(&stack));
    let _ = writeln!(
        out,
        ">\n      <{element} message=\"{message}\" type=\"{kind}\">{stack}</{element}>\n    </testcase>"
    );
}

/// Whether tests did not come to their assertions.
fn is_error(ran: &Ran) -> bool {
    ran.trouble == Trouble::Outage
}

fn suite_name(tool: Tool, case: &Case, product: &str) -> String {
    match tool {
        Tool::Rust => product.to_owned(),
        Tool::Python => "pytest".to_owned(),
        Tool::Dotnet => case.storage.clone(),
        Tool::Go => format!("{product}/{}", case.class),
        _ => case.class.clone(),
    }
}

/// The class that a test is told in.
pub fn class(tool: Tool, case: &Case, product: &str) -> String {
    match tool {
        Tool::Rust => product.to_owned(),
        Tool::Go => format!("{product}/{}", case.class),
        _ => case.class.clone(),
    }
}

/// What a failure says, as its language says it.
fn told(ran: &Ran, case: &Case, product: &str) -> Told {
    if is_error(ran) {
        return outage(ran.tool, case);
    }
    let Case { number, storage, name, short, class, .. } = case;
    let (expected, got) = assertion(*number);
    let line = 20 + number % 300;
    match ran.tool {
        Tool::Rust => Told {
            kind: "test failure",
            message: format!("thread '{name}' panicked at {storage}:{line}:9"),
            stack: format!(
                "thread '{name}' panicked at {storage}:{line}:9:\nassertion `left == right` failed\n  \
                 left: {got}\n right: {expected}\nstack backtrace:\n   0: rust_begin_unwind\n   \
                 1: core::panicking::panic_fmt\n   2: core::panicking::assert_failed\n   \
                 3: {name}\n             at ./{storage}:{line}:9"
            ),
        },
        Tool::Go => Told {
            kind: "",
            message: "Failed".to_owned(),
            stack: format!(
                "    total_test.go:{line}: got {got}, want {expected}\n--- FAIL: {short}"
            ),
        },
        Tool::Python => Told {
            kind: "AssertionError",
            message: format!("assert {got} == {expected}"),
            stack: format!(
                "    def {short}(client):\n>       assert total(client) == {expected}\n\
                 E       assert {got} == {expected}\n\n{storage}:{line}: AssertionError"
            ),
        },
        Tool::Java => Told {
            kind: "org.opentest4j.AssertionFailedError",
            message: format!("expected: <{expected}> but was: <{got}>"),
            stack: format!(
                "org.opentest4j.AssertionFailedError: expected: <{expected}> but was: <{got}>\n\
                 \tat org.junit.jupiter.api.AssertEquals.failNotEqual(AssertEquals.java:197)\n\
                 \tat org.junit.jupiter.api.Assertions.assertEquals(Assertions.java:563)\n\
                 \tat {class}.{short}({}.java:{line})\n\
                 \tat java.base/java.lang.reflect.Method.invoke(Method.java:580)",
                class.rsplit('.').next().unwrap_or(class)
            ),
        },
        Tool::Dotnet => Told {
            kind: "failure",
            message: format!(
                "Assert.Equal() Failure: Values differ\nExpected: {expected}\nActual:   {got}"
            ),
            stack: format!(
                "   at {name}() in /_/tests/Tests.cs:line {line}\n   at \
                 System.Reflection.MethodBaseInvoker.InvokeWithNoArgs(Object obj, BindingFlags flags)"
            ),
        },
        Tool::Browser => Told {
            kind: "FAILURE",
            message: format!("{storage}:{line}:30 {short}"),
            stack: format!(
                "  {storage}:{line}:30 › {short}\n\n    Error: expect(locator).toHaveText(expected) \
                 failed\n\n    Locator:  getByTestId('total')\n    Expected: \"{expected}\"\n    \
                 Received: \"{got}\"\n    Timeout:  5000ms\n\n      at /work/{product}/{storage}:{line}:30"
            ),
        },
        Tool::Node | Tool::Terraform => Told {
            kind: "Error",
            message: "expect(received).toBe(expected) // Object.is equality".to_owned(),
            stack: format!(
                "Error: expect(received).toBe(expected) // Object.is equality\n\nExpected: {expected}\n\
                 Received: {got}\n    at Object.<anonymous> (/work/{product}/{storage}:{line}:21)\n    \
                 at Promise.then.completed (/work/{product}/node_modules/jest-circus/build/utils.js:300:28)"
            ),
        },
    }
}

/// The database of the tests was not there.
fn outage(tool: Tool, case: &Case) -> Told {
    let database = "tests-db.contoso.example:5432";
    let (kind, message) = match tool {
        Tool::Dotnet => (
            "Npgsql.NpgsqlException",
            format!("Npgsql.NpgsqlException : Failed to connect to {database}"),
        ),
        Tool::Java => ("java.net.ConnectException", format!("Connection to {database} refused")),
        Tool::Python => ("OperationalError", format!("could not connect to {database}")),
        _ => ("Error", format!("connect ECONNREFUSED {database}")),
    };
    let stack =
        format!("{kind}: {message}\n   Connection refused\n   while setting up {}", case.name);
    Told { kind, message, stack }
}

fn seconds(ms: u32) -> String {
    format!("{}.{:03}", ms / 1_000, ms % 1_000)
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            letter => out.push(letter),
        }
    }
    out
}
