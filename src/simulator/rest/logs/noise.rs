//! What steps say while all goes well. Words that look like trouble stand in harmless places.

use super::{Kind, Page, Part, Tool, Work};
use crate::simulator::dice::Dice;
use crate::simulator::story::cause::Cause;
use crate::simulator::suites::{self, case, size};

#[rustfmt::skip]
const PACKAGES: [&str; 24] = [
    "error-chain", "money", "retry-policy", "tiny-router", "date-words", "barcode", "csv-lines",
    "thiserror", "colour-names", "http-kit", "json-path", "queue-client", "log-lines", "template",
    "image-tools", "event-bus", "feature-flags", "crash-reporter", "rate-limiter", "slugs",
    "failsafe", "tax-tables", "mailer", "postal-codes",
];

/// What is run.
pub fn command(work: &Work<'_>) -> String {
    let (tool, part) = (work.tool, work.part);
    match (tool, part) {
        (Tool::Rust, Part::Restore) => "cargo fetch --locked",
        (Tool::Rust, Part::Lint) => "cargo clippy --all-targets -- -D warnings",
        (Tool::Rust, Part::Build) => "cargo build --release --locked",
        (Tool::Rust, Part::Test) => "cargo test --workspace --locked",
        (Tool::Node | Tool::Browser, Part::Restore) => "npm ci",
        (Tool::Node | Tool::Browser, Part::Lint) => "npx eslint . --max-warnings 0",
        (Tool::Node | Tool::Browser, Part::Build) => "npx tsc --project tsconfig.build.json",
        (Tool::Node, Part::Test) => "npx jest --ci --reporters=default",
        (Tool::Browser, Part::Test) => "npx playwright test",
        (Tool::Java, Part::Restore) => "mvn -B -ntp dependency:go-offline",
        (Tool::Java, Part::Lint) => "mvn -B -ntp checkstyle:check",
        (Tool::Java, Part::Build) => "mvn -B -ntp -DskipTests package",
        (Tool::Java, Part::Test) => "mvn -B -ntp verify",
        (Tool::Go, Part::Restore) => "go mod download",
        (Tool::Go, Part::Lint) => "golangci-lint run",
        (Tool::Go, Part::Build) => "go build ./...",
        (Tool::Go, Part::Test) => "go test ./...",
        (Tool::Python, Part::Restore) => "pip install -r requirements.txt",
        (Tool::Python, Part::Lint) => "ruff check --output-format concise .",
        (Tool::Python, Part::Build) => "mypy src && python -m build",
        (Tool::Python, Part::Test) => "pytest -ra",
        (Tool::Dotnet, Part::Restore) => "dotnet restore",
        (Tool::Dotnet, Part::Lint) => "dotnet format --verify-no-changes",
        (Tool::Dotnet, Part::Build) => "dotnet build --configuration Release --no-restore",
        (Tool::Dotnet, Part::Test) => "dotnet test --configuration Release --no-build --logger trx",
        (Tool::Terraform, Part::Restore) => "terraform init -input=false",
        (Tool::Terraform, Part::Lint) => "tflint --recursive",
        (Tool::Terraform, Part::Build) => "terraform validate",
        (Tool::Terraform, Part::Test) => "terraform plan -input=false -out=plan.bin",
        (Tool::Terraform, Part::Deploy) => "terraform apply -input=false plan.bin",
        (_, Part::Deploy) => "scripts/deploy.sh",
    }
    .to_owned()
}

/// What is said on the way, whatever comes after.
pub fn write(work: &Work<'_>, dice: &mut Dice, page: &mut Page) {
    match work.part {
        Part::Restore => restore(work, dice, page),
        Part::Lint => lint(work, dice, page),
        Part::Build => build(work, dice, page),
        Part::Test => test(work, dice, page),
        Part::Deploy => deploy(work, dice, page),
    }
    if work.complains {
        complain(work.tool, dice, page);
    }
}

fn package(dice: &mut Dice) -> (&'static str, String) {
    let name: &&str = dice.pick(&PACKAGES);
    let (major, minor, patch) = (dice.below(5), dice.below(30), dice.below(10));
    (name, format!("{major}.{minor}.{patch}"))
}

fn restore(work: &Work<'_>, dice: &mut Dice, page: &mut Page) {
    let count = dice.between(8, 24);
    for nth in 0..count {
        let (name, version) = package(dice);
        page.plain(match work.tool {
            Tool::Rust => format!("  Downloaded {name} v{version}"),
            Tool::Node | Tool::Browser if nth % 5 == 0 => {
                format!(
                    "npm warn deprecated {name}@{version}: no longer maintained, no error follows"
                )
            }
            Tool::Node | Tool::Browser => {
                let done = (nth + 1) * 100 / count;
                page.say(Kind::Progress, format!("[{done:>3}%] reify:{name}: timing reifyNode"));
                continue;
            }
            Tool::Java => format!(
                "[INFO] Downloaded from central: com/example/{name}/{version}/{name}-{version}.jar"
            ),
            Tool::Go => format!("go: downloading example.org/{name} v{version}"),
            Tool::Python => format!("Collecting {name}=={version}"),
            Tool::Dotnet => {
                format!("  Installed {name} {version} from the feed with content hash.")
            }
            Tool::Terraform => format!("- Installing example/{name} v{version}..."),
        });
    }
}

fn lint(work: &Work<'_>, dice: &mut Dice, page: &mut Page) {
    let product = work.product;
    match work.tool {
        Tool::Rust => {
            for _ in 0..dice.between(6, 14) {
                let (name, version) = package(dice);
                page.plain(format!("    Checking {name} v{version}"));
            }
            page.plain(format!("    Checking {product} v0.4.0"));
        }
        Tool::Go => page.plain("level=info msg=\"[config_reader] Used config file .golangci.yml\""),
        Tool::Java => page.plain("[INFO] --- checkstyle:3.4.0:check (default-cli) ---"),
        Tool::Dotnet => {
            page.plain(format!("  Formatting code files in workspace '{product}.sln'."));
        }
        Tool::Node | Tool::Browser => {
            page.plain("Oops! Something went wrong? No: 0 errors so far.");
        }
        Tool::Python | Tool::Terraform => {}
    }
}

fn build(work: &Work<'_>, dice: &mut Dice, page: &mut Page) {
    let product = work.product;
    if matches!(work.tool, Tool::Node | Tool::Browser) && dice.percent(15) {
        // Somebody prints a whole map of sources, on one line.
        let map: String = (0..dice.between(20_000, 60_000))
            .map(|nth| char::from(b'A' + u8::try_from(nth * 7 % 26).unwrap_or(0)))
            .collect();
        page.plain(format!("//# sourceMappingURL=data:application/json;base64,{map}=="));
    }
    for _ in 0..dice.between(10, 30) {
        let (name, version) = package(dice);
        match work.tool {
            Tool::Rust => page.plain(format!("   Compiling {name} v{version}")),
            Tool::Node | Tool::Browser => {
                page.plain(format!("src/{name}/index.ts: {} ms", dice.between(2, 90)));
            }
            Tool::Java => {
                page.plain(format!("[INFO] Compiling {name} with javac [debug release 21]"));
            }
            Tool::Go => page.plain(format!("{product}/internal/{name}")),
            Tool::Python => page.plain(format!("adding 'src/{}.py'", name.replace('-', "_"))),
            Tool::Dotnet => {
                page.plain(format!("  {name} -> /agent/_work/1/s/{name}/bin/Release/{name}.dll"));
            }
            Tool::Terraform => page.plain(format!("module.{name}: checked")),
        }
    }
}

fn test(work: &Work<'_>, dice: &mut Dice, page: &mut Page) {
    if work.tool == Tool::Terraform {
        for _ in 0..dice.between(10, 30) {
            let (name, _) = package(dice);
            let id = dice.below(100_000);
            page.plain(format!("module.{name}.this: Refreshing state... [id={name}-{id:05}]"));
        }
        return;
    }
    if work.tool == Tool::Python {
        page.plain(
            "============================= test session starts ==============================",
        );
        page.plain(format!("collected {} items", size(work.suite)));
    }
    let failing = match work.cause {
        Some(Cause::TestFailure) => suites::failing(work.suite, work.trouble, work.seed),
        _ => Vec::new(),
    };
    // Who is stopped in the middle has not run them all.
    let all = size(work.suite);
    let run = match work.cause {
        None | Some(Cause::TestFailure) => all,
        Some(_) => all * dice.between(20, 80) / 100,
    };
    for number in 0..run {
        let case = case(work.suite, work.tool, number);
        let ms = dice.between(1, 400);
        let failed = failing.contains(&number);
        let (name, storage) = (&case.name, &case.storage);
        let is_first = number % 24 == 0;
        match work.tool {
            Tool::Rust => {
                page.plain(format!("test {name} ... {}", if failed { "FAILED" } else { "ok" }));
            }
            Tool::Node if is_first => {
                let place = number..number + 24;
                let broken = failing.iter().any(|failing| place.contains(failing));
                let (kind, word) = if broken { (Kind::Red, "FAIL") } else { (Kind::Green, "PASS") };
                page.say(kind, format!("{word} {storage} ({ms} ms)"));
            }
            Tool::Node | Tool::Terraform => {}
            Tool::Browser => {
                let mark = if failed { "✘" } else { "✓" };
                page.plain(format!("  {mark} {:>3} [chromium] › {name} ({ms}ms)", number + 1));
            }
            Tool::Java if is_first => {
                let place = number..number + 24;
                let broken = failing.iter().filter(|failing| place.contains(failing)).count();
                let level = if broken > 0 { "ERROR" } else { "INFO" };
                page.plain(format!(
                    "[{level}] Tests run: 24, Failures: {broken}, Errors: 0, Skipped: 0, Time \
                     elapsed: 0.{ms:03} s -- in {storage}"
                ));
            }
            Tool::Java => {}
            Tool::Go if is_first => {
                let place = number..number + 24;
                if !failing.iter().any(|failing| place.contains(failing)) {
                    page.plain(format!("ok  \t{}/{storage}\t0.{ms:03}s", work.product));
                }
            }
            Tool::Go => {}
            Tool::Python if is_first => {
                let dots: String = (number..(number + 24).min(run))
                    .map(|number| if failing.contains(&number) { 'F' } else { '.' })
                    .collect();
                page.plain(format!("{storage} {dots} [{:>3}%]", number * 100 / run.max(1)));
            }
            Tool::Python => {}
            Tool::Dotnet => {
                let word = if failed { "Failed" } else { "Passed" };
                page.plain(format!("  {word} {name} [{ms} ms]"));
            }
        }
    }
}

fn deploy(work: &Work<'_>, dice: &mut Dice, page: &mut Page) {
    let product = work.product;
    if work.tool == Tool::Terraform {
        for _ in 0..dice.between(3, 12) {
            let (name, _) = package(dice);
            let seconds = dice.between(2, 90);
            page.plain(format!("module.{name}.this: Creating..."));
            page.plain(format!("module.{name}.this: Creation complete after {seconds}s"));
        }
        return;
    }
    page.plain(format!("#1 [internal] load build definition from Dockerfile of {product}"));
    for layer in 1..dice.between(5, 9) {
        page.plain(format!("#{layer} sha256 layer {layer}: 20%"));
        for done in [60, 100] {
            page.say(Kind::Over, format!("#{layer} sha256 layer {layer}: {done}%"));
        }
        page.plain(format!("#{layer} DONE {}.{}s", dice.below(20), dice.below(10)));
    }
    page.plain(format!("The push refers to repository [registry.example/{product}]"));
    page.plain(format!("deployment.apps/{product} configured"));
    page.plain(format!(
        "Waiting for deployment \"{product}\" rollout to finish: 0 of 3 updated..."
    ));
}

/// What is allowed to be bad.
fn complain(tool: Tool, dice: &mut Dice, page: &mut Page) {
    for _ in 0..dice.between(1, 3) {
        let line = dice.between(3, 400);
        let subject = ["basket", "invoice", "voucher"][dice.below(3) as usize];
        page.say(
            Kind::Warning,
            match tool {
                Tool::Rust => format!("unused variable: `total` (src/{subject}.rs:{line})"),
                Tool::Dotnet => {
                    format!("{subject}.cs({line},9): warning CS0618: 'Total()' is obsolete")
                }
                Tool::Java => format!("{subject}.java:[{line},12] total() has been deprecated"),
                _ => format!("{subject}: line {line} uses something that is deprecated"),
            },
        );
    }
}

/// The good end.
pub fn finish(work: &Work<'_>, dice: &mut Dice, page: &mut Page) {
    let (seconds, tests) = (dice.between(2, 90), size(work.suite));
    let text = match (work.part, work.tool) {
        (Part::Restore, Tool::Node | Tool::Browser) => {
            "found 0 vulnerabilities, no errors".to_owned()
        }
        (Part::Restore, Tool::Terraform) => {
            "Terraform has been successfully initialized!".to_owned()
        }
        (Part::Restore, Tool::Java) => "[INFO] BUILD SUCCESS".to_owned(),
        (Part::Restore, _) => format!("All packages are there, after {seconds}.2 s and 1 retry"),
        (Part::Lint, Tool::Java) => "[INFO] You have 0 Checkstyle violations.".to_owned(),
        (Part::Lint, Tool::Python) => "All checks passed!".to_owned(),
        (Part::Lint, Tool::Rust) => {
            format!("    Finished `dev` profile [unoptimized + debuginfo] in {seconds}.31s")
        }
        (Part::Lint, _) => "0 issues, 0 errors, 0 warnings".to_owned(),
        (Part::Build, Tool::Rust) => {
            format!("    Finished `release` profile [optimized] target(s) in {seconds}.07s")
        }
        (Part::Build, Tool::Java) => "[INFO] BUILD SUCCESS".to_owned(),
        (Part::Build, Tool::Dotnet) => {
            page.plain("Build succeeded.");
            page.plain("    0 Warning(s)");
            "    0 Error(s)".to_owned()
        }
        (Part::Build, Tool::Terraform) => "Success! The configuration is valid.".to_owned(),
        (Part::Build, _) => "Found 0 errors.".to_owned(),
        (Part::Test, Tool::Rust) => {
            format!(
                "test result: ok. {tests} passed; 0 failed; 0 ignored; finished in {seconds}.1s"
            )
        }
        (Part::Test, Tool::Node) => {
            page.say(Kind::Faint, "  console.error Error: expected by this test, nothing is wrong");
            format!("Tests:       {tests} passed, {tests} total")
        }
        (Part::Test, Tool::Browser) => format!("  {tests} passed ({seconds}.4s)"),
        (Part::Test, Tool::Java) => {
            page.plain(format!("[INFO] Tests run: {tests}, Failures: 0, Errors: 0, Skipped: 0"));
            "[INFO] BUILD SUCCESS".to_owned()
        }
        (Part::Test, Tool::Go) => format!("ok  \t{}/cmd/serve\t0.0{seconds}s", work.product),
        (Part::Test, Tool::Python) => format!("===== {tests} passed in {seconds}.21s ====="),
        (Part::Test, Tool::Dotnet) => {
            format!("Passed!  - Failed:     0, Passed:   {tests}, Skipped:     0, Total:   {tests}")
        }
        (Part::Test, Tool::Terraform) => "Plan: 3 to add, 1 to change, 0 to destroy.".to_owned(),
        (Part::Deploy, Tool::Terraform) => {
            "Apply complete! Resources: 3 added, 1 changed, 0 destroyed.".to_owned()
        }
        (Part::Deploy, _) => format!("deployment \"{}\" successfully rolled out", work.product),
    };
    page.say(Kind::Green, text);
}
