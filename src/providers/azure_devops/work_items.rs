//! Work items. An update counts itself in `id` and names its item in `workItemId`.

use super::address;
use super::decode::{Delivery, Outline};
use super::payload::{Field, Fields, WorkItem};
use crate::model::{EventKind, StateChange, SubjectFact, SubjectKind, SubjectRef, Timestamp};
use crate::providers::dates;

pub(super) fn read(delivery: &Delivery<'_>, told: &WorkItem) -> Outline {
    let (kind, happened_at) = match delivery.event_type {
        "workitem.created" => (EventKind::WorkItemCreated, time(told, |it| &it.created_date)),
        // The fields of these two tell of the change before.
        "workitem.deleted" => (EventKind::WorkItemDeleted, None),
        "workitem.restored" => (EventKind::WorkItemRestored, None),
        "workitem.commented" => (EventKind::WorkItemCommented, time(told, |it| &it.changed_date)),
        _ => (EventKind::WorkItemUpdated, time(told, |it| &it.changed_date).or(told.revised_date)),
    };
    let at = happened_at.or(delivery.created_at);
    let fact = fact(kind, told, delivery.created_at.or(at));
    let changes = fact.is_some().then(|| state_change(told)).flatten();
    Outline { changes: changes.into_iter().collect(), ..Outline::about(kind, at, fact) }
}

fn fact(kind: EventKind, told: &WorkItem, at: Option<Timestamp>) -> Option<SubjectFact> {
    let key = number(kind, told)?.to_string();
    let subject = SubjectRef { kind: SubjectKind::WorkItem, key };
    let is_deleted = kind == EventKind::WorkItemDeleted;
    let revision = told.rev.or(told.revision.as_ref().and_then(|revision| revision.rev));
    Some(SubjectFact {
        revision: revision.unwrap_or(0),
        title: now(told, |it| &it.title),
        state: if is_deleted { Some("deleted".to_owned()) } else { now(told, |it| &it.state) },
        project: now(told, |it| &it.project),
        // What is in the recycle bin has no page.
        url: if is_deleted { None } else { url(told) },
        ..SubjectFact::about(subject, at)
    })
}

/// The item's own number. The documented update says 0, and hides it in the revision.
fn number(kind: EventKind, told: &WorkItem) -> Option<i64> {
    let some = |id: Option<i64>| id.filter(|id| *id > 0);
    let in_url = || address::number_after(told.url.as_deref()?, "workItems");
    if kind != EventKind::WorkItemUpdated {
        return some(told.id).or_else(in_url);
    }
    some(told.work_item_id)
        .or_else(|| some(told.revision.as_ref()?.id))
        .or_else(in_url)
        // An update without any of these is a whole work item under the wrong name.
        .or_else(|| some(told.id).filter(|_| told.work_item_id.is_none()))
}

/// What a field holds after the event: as changed, else as the revision has it.
fn now(told: &WorkItem, field: impl Fn(&Fields) -> &Option<Field>) -> Option<String> {
    let changed = told.fields.as_ref().and_then(|fields| field(fields).as_ref()?.now());
    let revised = || field(told.revision.as_ref()?.fields.as_ref()?).as_ref()?.now();
    changed.or_else(revised).map(str::to_owned)
}

fn time(told: &WorkItem, field: impl Fn(&Fields) -> &Option<Field>) -> Option<Timestamp> {
    dates::parse(&now(told, field)?)
}

fn state_change(told: &WorkItem) -> Option<StateChange> {
    match told.fields.as_ref()?.state.as_ref()? {
        Field::Change { from: Some(from), to: Some(to) } if from != to => {
            Some(StateChange { from: from.clone(), to: to.clone() })
        }
        _ => None,
    }
}

/// The item's page; else its address, which an update's address begins with.
fn url(told: &WorkItem) -> Option<String> {
    let of_revision = told.revision.as_ref().and_then(|revision| revision.links.as_ref());
    let page = [told.links.as_ref(), of_revision]
        .into_iter()
        .find_map(|links| address::link(links?.html.as_ref()?.href.as_deref()?));
    let own = || {
        let url = told.url.as_deref()?;
        address::link(url.split_once("/updates/").map_or(url, |(item, _)| item))
    };
    page.or_else(own)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::providers::azure_devops::fixtures::{bent, read, read_fixture, subject_of};

    #[test]
    fn an_update_is_about_its_item_and_counts_its_change() {
        let reading = read_fixture("work_item_updated");
        assert_eq!(reading.event.kind, EventKind::WorkItemUpdated);
        assert_eq!(reading.event.at.unwrap().to_string(), "2026-02-13T15:00:00.777Z");
        insta::assert_yaml_snapshot!((reading.subjects, reading.changes), @r#"
        - - subject:
              kind: work_item
              key: "240"
            revision: 6
            at: "2026-02-13T15:00:02.900Z"
            title: The rope frays
            state: Resolved
            project: Harbour
            url: "https://dev.azure.com/lumen-works/5e90c7aa-41d2-4f0c-b6f8-3a7d12c4e8b1/_workitems/edit/240"
        - - from: Active
            to: Resolved
        "#);
    }

    #[test]
    fn the_item_is_found_when_the_update_does_not_name_it() {
        for gone in [json!(0), json!(null)] {
            let body = bent("work_item_updated", &[("/resource/workItemId", gone.clone())]);
            assert_eq!(subject_of(&body).subject.key, "240", "{gone}");
            let changes = [("/resource/workItemId", gone), ("/resource/revision", json!(null))];
            assert_eq!(subject_of(&bent("work_item_updated", &changes)).subject.key, "240");
        }
        let whole = json!({"id": 9, "rev": 2, "fields": {"System.State": "Closed"}});
        let fact = subject_of(&bent("work_item_updated", &[("/resource", whole)]));
        assert_eq!((fact.subject.key.as_str(), fact.state.as_deref()), ("9", Some("Closed")));
    }

    #[test]
    fn a_state_that_did_not_change_is_the_revisions_and_counts_nothing() {
        for fields in [json!(null), json!({}), json!({"System.State": {"newValue": "Resolved"}})] {
            let reading = read(&bent("work_item_updated", &[("/resource/fields", fields)]));
            assert_eq!(reading.subjects[0].state.as_deref(), Some("Resolved"));
            assert_eq!(reading.changes, []);
        }
    }

    #[test]
    fn the_newest_word_for_the_state_counts() {
        // The documented update still shows the old state in its revision.
        let old = json!("Active");
        let body = bent("work_item_updated", &[("/resource/revision/fields/System.State", old)]);
        assert_eq!(subject_of(&body).state.as_deref(), Some("Resolved"));
    }

    #[test]
    fn every_kind_of_work_item_event_is_told_apart() {
        for (event_type, kind, state) in [
            ("workitem.created", EventKind::WorkItemCreated, "New"),
            ("workitem.commented", EventKind::WorkItemCommented, "New"),
            ("workitem.restored", EventKind::WorkItemRestored, "New"),
            ("workitem.deleted", EventKind::WorkItemDeleted, "deleted"),
        ] {
            let changes = [("/eventType", json!(event_type))];
            let reading = read(&bent("work_item_created_on_premises", &changes));
            assert_eq!(reading.event.kind, kind);
            assert_eq!(reading.subjects[0].state.as_deref(), Some(state));
            assert_eq!(reading.subjects[0].subject.key, "241");
        }
    }
}
