//! Everything but builds that has a timeline: pull requests, work items, repositories, releases,
//! deployments, agents.

use serde::{Deserialize, Serialize};

use super::{Said, Timestamp};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    PullRequest,
    WorkItem,
    Repository,
    Release,
    Deployment,
    Agent,
}

impl SubjectKind {
    pub const ALL: [Self; 6] = [
        Self::PullRequest,
        Self::WorkItem,
        Self::Repository,
        Self::Release,
        Self::Deployment,
        Self::Agent,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PullRequest => "pull_request",
            Self::WorkItem => "work_item",
            Self::Repository => "repository",
            Self::Release => "release",
            Self::Deployment => "deployment",
            Self::Agent => "agent",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == text)
    }
}

/// Which subject, within its source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SubjectRef {
    pub kind: SubjectKind,
    /// Unique for its kind within the source: a work item's number, `repository id/number` of a
    /// pull request.
    pub key: String,
}

/// What one message says of a subject. Everything it does not say is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubjectFact {
    pub subject: SubjectRef,
    /// Revision number, where the subject has one: it orders facts before their time does.
    #[serde(default)]
    pub revision: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// In our words where there is a common one (`open`, `merged`, `connected`), in the project's
    /// own for work items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Nothing follows on this state: it wins over facts of any time (a merged pull request).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub state_is_final: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Of a deployment, as its provider tells when it is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment: Option<Deployment>,
}

/// A release on its way into an environment, or there: its latest try.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Deployment {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// Who wanted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queued_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
}

impl Deployment {
    /// When it last came a step further.
    #[must_use]
    pub fn happened_at(&self) -> Option<Timestamp> {
        self.finished_at.or(self.started_at).or(self.queued_at)
    }
}

impl SubjectFact {
    /// A fact that says nothing yet but what it is about.
    #[must_use]
    pub fn about(subject: SubjectRef, at: Option<Timestamp>) -> Self {
        Self {
            subject,
            revision: 0,
            at,
            title: None,
            state: None,
            state_is_final: false,
            project: None,
            url: None,
            deployment: None,
        }
    }

    /// When what it says came about, if it is told.
    #[must_use]
    pub fn happened_at(&self) -> Option<Timestamp> {
        self.deployment.as_ref().and_then(Deployment::happened_at)
    }
}

/// A state change of a subject that is counted, `state-change:Active->Resolved`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateChange {
    pub from: String,
    pub to: String,
}

/// The fold of all facts of a subject.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SubjectFold {
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Slot<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Slot<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Slot<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Slot<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deployment: Slot<Deployment>,
}

/// One slot: revisions order before times do.
type Slot<T> = Option<(i64, Said<T>)>;

/// Let a slot hear a word of a fact; tells whether it now holds it.
fn hear<T: Ord + Clone>(
    slot: &mut Slot<T>,
    fact: &SubjectFact,
    weight: u8,
    value: Option<&T>,
) -> bool {
    let Some(value) = value.cloned() else { return false };
    let at = fact.at.map_or(i64::MIN, |t| t.0);
    // Weight first: a final state stays final whatever revision comes along.
    let order = if weight > 0 { i64::MAX } else { fact.revision };
    let said = (order, Said { weight, at, value });
    let is_given = slot.as_ref().is_none_or(|held| *held < said);
    if is_given {
        *slot = Some(said);
    }
    is_given
}

fn value<T: Clone>(slot: &Slot<T>) -> Option<T> {
    slot.as_ref().map(|(_, said)| said.value.clone())
}

/// The record of a subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SubjectRecord {
    pub title: Option<String>,
    pub state: Option<String>,
    pub project: Option<String>,
    pub url: Option<String>,
    pub deployment: Option<Deployment>,
}

impl SubjectFold {
    /// Let the fold hear a fact. Returns the names of the fields whose value the fact now gives.
    pub fn absorb(&mut self, fact: &SubjectFact) -> Vec<&'static str> {
        let state_weight = u8::from(fact.state_is_final);
        let heard = [
            ("title", hear(&mut self.title, fact, 0, fact.title.as_ref())),
            ("state", hear(&mut self.state, fact, state_weight, fact.state.as_ref())),
            ("project", hear(&mut self.project, fact, 0, fact.project.as_ref())),
            ("url", hear(&mut self.url, fact, 0, fact.url.as_ref())),
            ("deployment", hear(&mut self.deployment, fact, 0, fact.deployment.as_ref())),
        ];
        heard.into_iter().filter(|(_, is_given)| *is_given).map(|(name, _)| name).collect()
    }

    /// Whether the fold holds a word of this fact. Without any other it would come to the same.
    #[must_use]
    pub fn rests_on(&self, fact: &SubjectFact) -> bool {
        // Alone, a fact gives all its words: those that the fold holds of it are the same to the letter.
        let mut alone = Self::default();
        alone.absorb(fact);
        fn holds<T: PartialEq>(slot: &Slot<T>, own: &Slot<T>) -> bool {
            own.is_some() && slot == own
        }
        holds(&self.title, &alone.title)
            || holds(&self.state, &alone.state)
            || holds(&self.project, &alone.project)
            || holds(&self.url, &alone.url)
            || holds(&self.deployment, &alone.deployment)
    }

    /// Read the record out of the fold.
    #[must_use]
    pub fn record(&self) -> SubjectRecord {
        SubjectRecord {
            title: value(&self.title),
            state: value(&self.state),
            project: value(&self.project),
            url: value(&self.url),
            deployment: value(&self.deployment),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fold_rests_on_the_facts_that_no_other_has_overtaken() {
        let subject = SubjectRef { kind: SubjectKind::Repository, key: "shop".to_owned() };
        let said = |at: i64, title: Option<&str>, state: Option<&str>| SubjectFact {
            title: title.map(str::to_owned),
            state: state.map(str::to_owned),
            ..SubjectFact::about(subject.clone(), Some(Timestamp(at)))
        };
        let facts = [
            said(1, Some("shop"), Some("active")),
            said(2, None, Some("active")),
            said(3, None, Some("active")),
            said(4, None, None),
        ];
        let mut whole = SubjectFold::default();
        for fact in &facts {
            whole.absorb(fact);
        }
        assert_eq!(facts.each_ref().map(|fact| whole.rests_on(fact)), [true, false, true, false]);
        // So what is left comes to the same.
        let mut left = SubjectFold::default();
        for fact in facts.iter().filter(|fact| whole.rests_on(fact)) {
            left.absorb(fact);
        }
        assert_eq!(left, whole);
    }
}
