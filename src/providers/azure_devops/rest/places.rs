//! Whether two base addresses mean the same place, and what it is called.

use super::address;

/// Whether two bases are one organisation or collection. In the cloud the name tells: both of its
/// addresses lead there.
pub fn is_same_base(one: &str, other: &str) -> bool {
    match (address::organisation(one), address::organisation(other)) {
        (Some(one), Some(other)) => {
            let name = |base: &address::Base| base.name.as_deref().map(str::to_ascii_lowercase);
            name(&one) == name(&other)
        }
        (None, None) => one.trim_end_matches('/').eq_ignore_ascii_case(other.trim_end_matches('/')),
        _ => false,
    }
}

/// Name of the organisation or collection of a base.
pub fn base_name(base: &str) -> Option<String> {
    address::base(base).and_then(|base| base.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organisation_is_the_same_at_both_of_its_addresses() {
        assert!(is_same_base("https://dev.azure.com/Contoso", "https://contoso.visualstudio.com/"));
        assert!(is_same_base("https://tfs.acme.test/tfs/Main/", "https://TFS.acme.test/tfs/main"));
        for (one, other) in [
            ("https://dev.azure.com/contoso", "https://dev.azure.com/fabrikam"),
            ("https://dev.azure.com/contoso", "https://tfs.acme.test/contoso"),
            ("https://tfs.acme.test/tfs/Main", "http://tfs.acme.test/tfs/Main"),
        ] {
            assert!(!is_same_base(one, other), "{one} {other}");
        }
        assert_eq!(base_name("http://127.0.0.1:4100/contoso").as_deref(), Some("contoso"));
        assert_eq!(base_name("https://contoso.visualstudio.com").as_deref(), Some("contoso"));
    }
}
