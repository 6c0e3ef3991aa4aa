//! Organisations and pipelines that a token may see. Nobody asks for them yet: hooks tell of those that
//! matter. They are read because they are documented, and will tell what is missed.

use super::super::builds::without_heads;
use super::super::payload;
use super::pages::{Page, next_page};
use crate::model::{PipelineSaid, Unreadable};
use crate::providers::rest::Answer;

/// Items read of one page.
const PAGE_MAX: usize = 100;

/// Read a page of organisations: their slugs, as calls want them.
pub fn organizations(answer: &Answer, page: u32) -> Result<Page<String>, Unreadable> {
    let organizations = payload::many::<payload::Organization, PAGE_MAX>(&answer.body)?;
    let items = organizations.into_iter().filter_map(|organization| organization.slug).collect();
    Ok(Page { items, next: next_page(&answer.head, page) })
}

/// Read a page of pipelines.
pub fn pipelines(answer: &Answer, page: u32) -> Result<Page<PipelineSaid>, Unreadable> {
    let pipelines = payload::many::<payload::Pipeline, PAGE_MAX>(&answer.body)?;
    let items = pipelines.into_iter().filter_map(pipeline).collect();
    Ok(Page { items, next: next_page(&answer.head, page) })
}

fn pipeline(said: payload::Pipeline) -> Option<PipelineSaid> {
    let slug = said.slug?.to_lowercase();
    Some(PipelineSaid {
        key: slug.clone(),
        slug: Some(slug),
        name: said.name,
        default_branch: said.default_branch.map(|branch| without_heads(&branch).to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::answer;
    use super::*;

    #[test]
    fn organisations_and_pipelines_are_told_by_their_slugs() {
        let list = json!([{"slug": "acme", "name": "Acme"}, {"name": "of no slug"}]);
        assert_eq!(organizations(&answer(&list, "10:00:00"), 1).unwrap().items, ["acme"]);
        let list = json!([
            {"slug": "Shop", "name": "Shop", "default_branch": "refs/heads/main"},
            {"default_branch": "main"},
        ]);
        let shop = PipelineSaid {
            key: "shop".to_owned(),
            slug: Some("shop".to_owned()),
            name: Some("Shop".to_owned()),
            default_branch: Some("main".to_owned()),
        };
        assert_eq!(pipelines(&answer(&list, "10:00:00"), 1).unwrap().items, [shop]);
    }
}
