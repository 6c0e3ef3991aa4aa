//! Which events of a known sender make records: those of the projects and publishers its key allows.
//! The others are kept.

use uuid::Uuid;

use crate::keys::Key;
use crate::model::{Answer, Provider};
use crate::providers::Peek;

/// Whether a project that is told by its GUID alone (or by its name alone) may be one of a list that
/// holds no GUIDs (no names). Nothing proves it foreign, and a record too many is better than one
/// that is missing. A list that holds both forms names each of its projects both ways.
fn may_be_named(allowed: &[String], found: &[String]) -> bool {
    let is_guid = |text: &&String| Uuid::try_parse(text).is_ok();
    let (guids, names) = found.iter().partition::<Vec<_>, _>(is_guid);
    let lists_guids = allowed.iter().any(|one| is_guid(&one));
    let lists_names = allowed.iter().any(|one| !is_guid(&one));
    (names.is_empty() && !guids.is_empty() && !lists_guids)
        || (guids.is_empty() && !names.is_empty() && !lists_names)
}

/// The answer, with what the key allows taken into account.
pub fn judge(
    key: &Key,
    peek: &Peek,
    projects: impl FnOnce() -> Option<Vec<String>>,
) -> (Answer, bool, Option<String>) {
    let settled = matches!(peek.answer, Answer::Test | Answer::Parked);
    // Reporters may tell of builds of Azure DevOps, too.
    if settled || !matches!(peek.provider, Provider::AzureDevops | Provider::Reporter) {
        return (peek.answer, true, peek.reason.clone());
    }
    let named = |allowed: &[String], found: &[String]| {
        allowed.is_empty()
            || found.iter().any(|one| allowed.iter().any(|all| all.eq_ignore_ascii_case(one)))
    };
    let allowed = &key.limits.projects;
    let projects = if allowed.is_empty() { Some(Vec::new()) } else { projects() };
    let Some(projects) = projects else { return (peek.answer, true, peek.reason.clone()) };
    if !named(allowed, &projects) && !may_be_named(allowed, &projects) {
        let reason = match projects.is_empty() {
            true => {
                "the key allows some projects only, and no project is named: kept, not recorded"
            }
            false => "the key does not allow this project: kept, not recorded",
        };
        return (Answer::Skipped, false, Some(reason.to_owned()));
    }
    let is_hook = peek.provider == Provider::AzureDevops;
    if is_hook && !named(&key.limits.publishers, peek.publisher.as_slice()) {
        let reason = "the key does not allow this publisher: kept, not recorded".to_owned();
        return (Answer::Skipped, false, Some(reason));
    }
    (peek.answer, true, peek.reason.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_foreign_only_when_it_is_told_as_the_list_names_its_own() {
        const WEB: &str = "6c0d8f4e-1b7a-4a0d-9f43-2f6f4f0c1a55";
        const API: &str = "11111111-1b7a-4a0d-9f43-2f6f4f0c1a55";
        let may = |allowed: &[&str], found: &[&str]| {
            let owned = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
            may_be_named(&owned(allowed), &owned(found))
        };
        assert!(may(&["Web"], &[WEB]), "the GUID may be Web's");
        assert!(may(&[WEB], &["Web"]), "the name may be that of the GUID");
        assert!(!may(&["Web", WEB], &[API]), "a list with GUIDs would hold it");
        assert!(!may(&["Web", WEB], &["Api"]), "a list with names would hold it");
        assert!(!may(&[WEB], &[API]));
        assert!(!may(&["Web"], &["Api"]));
        assert!(!may(&["Web"], &[API, "Api"]), "the name settles it");
        assert!(!may(&[WEB], &[API, "Api"]), "the GUID settles it");
        assert!(!may(&["Web"], &[]), "nothing is told of any project");
    }
}
