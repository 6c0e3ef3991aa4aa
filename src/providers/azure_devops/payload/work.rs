//! Work items and their fields.

use super::Links;
use crate::model::Timestamp;
use crate::providers::azure_devops::json::{Either, Tolerant, shape};

shape! {
    /// A work item, or an update of one: then `id` is the number of the update.
    WorkItem {
        id: i64 = "id",
        work_item_id: i64 = "workItemId",
        rev: i64 = "rev",
        revised_date: Timestamp = "revisedDate",
        fields: Fields = "fields",
        revision: Revision = "revision",
        links: Links = "_links",
        url: String = "url",
    }
}

shape! {
    Revision {
        id: i64 = "id",
        rev: i64 = "rev",
        fields: Fields = "fields",
        links: Links = "_links",
    }
}

shape! {
    Fields {
        state: Field = "System.State",
        title: Field = "System.Title",
        project: Field = "System.TeamProject",
        created_date: Field = "System.CreatedDate",
        changed_date: Field = "System.ChangedDate",
    }
}

/// A field of a work item: its value, or what it was and what it became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    Value(String),
    Change { from: Option<String>, to: Option<String> },
}

impl Field {
    /// What the field holds after the event.
    pub fn now(&self) -> Option<&str> {
        match self {
            Self::Value(value) => Some(value),
            Self::Change { to, .. } => to.as_deref(),
        }
    }
}

shape! {
    FieldChange {
        from: String = "oldValue",
        to: String = "newValue",
    }
}

impl<'de> Tolerant<'de> for Field {
    fn read<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Ok(match Either::<FieldChange>::read(deserializer)? {
            Some(Either::Text(value)) => Some(Self::Value(value)),
            Some(Either::Object(FieldChange { from, to })) => Some(Self::Change { from, to }),
            None => None,
        })
    }
}
