//! Paths of files, as far as they are the same on every machine.

/// Whether a name is the path of a file on the machine that ran the tests.
pub(super) fn is_place(name: &str) -> bool {
    let bytes = name.as_bytes();
    let is_drive = bytes.len() > 2 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':';
    name.starts_with('/') || (is_drive && matches!(bytes[2], b'\\' | b'/'))
}

/// A path without what is before the checkout, in the folders that agents are known to work in: their names and
/// numbers change from build to build, and a test would be another one on each agent. Other paths stay as they are.
pub(super) fn within_checkout(path: &str) -> String {
    let path = path.strip_prefix("file:").unwrap_or(path);
    if !is_place(path) {
        return path.strip_prefix("./").unwrap_or(path).to_owned();
    }
    let parts: Vec<&str> = path.split(['/', '\\']).filter(|part| !part.is_empty()).collect();
    match (0..parts.len()).find_map(|at| begins_at(&parts, at)) {
        Some(at) => parts[at..].join("/"),
        None => path.to_owned(),
    }
}

/// Where the checkout begins, if this part of a path is one of an agent's folders.
fn begins_at(parts: &[&str], at: usize) -> Option<usize> {
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let is_hash =
        |part: &str| part.len() >= 12 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    match parts[at..] {
        // Azure Pipelines: `/home/vsts/work/1/s`, `D:\a\1\s`.
        [number, "s", _, ..] if at > 0 && is_number(number) => Some(at + 2),
        // GitHub Actions: `/home/runner/work/shop/shop`, `D:\a\shop\shop`.
        ["work" | "_work" | "a", one, other, _, ..] if one == other => Some(at + 3),
        // TeamCity: `/opt/buildagent/work/5f2a93c1d07be846`.
        ["work", hash, _, ..] if is_hash(hash) => Some(at + 2),
        // GitLab's shell runner: `/home/gitlab-runner/builds/t1_8xYz/0/acme/shop`.
        ["builds", _, number, _, ..] if is_number(number) => Some(at + 3),
        // Buildkite: `/var/lib/buildkite-agent/builds/agent-1/acme/shop`.
        ["builds", _, _, ..] => Some(at + 2),
        // Jenkins: `/var/jenkins_home/workspace/shop_main@2`. In a container `/workspace` is the checkout itself.
        ["workspace", _, _, ..] if at > 0 => Some(at + 2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_the_same_on_every_agent() {
        for (path, within) in [
            ("/home/vsts/work/1/s/src/cart.test.js", "src/cart.test.js"),
            (r"D:\a\27\s\src\cart.test.js", "src/cart.test.js"),
            ("/home/runner/work/shop/shop/src/cart.test.js", "src/cart.test.js"),
            (r"D:\a\shop\shop\src\cart.test.js", "src/cart.test.js"),
            ("/opt/buildagent/work/5f2a93c1d07be846/src/cart.test.js", "src/cart.test.js"),
            (
                "/home/gitlab-runner/builds/t1_8xYz/0/acme/shop/cart.test.js",
                "acme/shop/cart.test.js",
            ),
            ("/var/lib/buildkite-agent/builds/agent-1/acme/shop/a.js", "acme/shop/a.js"),
            ("/var/jenkins_home/workspace/shop_PR-7@2/src/a.js", "src/a.js"),
            ("/workspace/src/a.js", "/workspace/src/a.js"),
            ("/app/src/a.js", "/app/src/a.js"),
            ("./spec/cart_spec.rb", "spec/cart_spec.rb"),
            ("file:features/cart.feature", "features/cart.feature"),
            ("classpath:shop/cart.feature", "classpath:shop/cart.feature"),
            ("/", "/"),
            ("", ""),
        ] {
            assert_eq!(within_checkout(path), within, "{path}");
        }
    }
}
