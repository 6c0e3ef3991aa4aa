//! What is known of a build from where: its facts, and which of them count.
//!
//! The folds are run again over the stored facts in a fixed order (provider time, then entry). Who
//! gave a slot last in that order holds it. What the record has from there is asked in the end: a
//! "running" that a finish overtook, or a finish that a later one replaced, holds a slot that the
//! record does not show. A fact of which the record shows nothing is not applied, and says why.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::Response;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::http::error::Problem;
use crate::http::mask;
use crate::http::view::{List, Time, time};
use crate::hub::Hub;
use crate::model::{
    Authority, BuildFact, BuildFold, Cause, StepFact, StepFold, StepRef, StepSummary, Timestamp,
    summarise,
};
use crate::store::StoreError;
use crate::store::sqlite::books::read::events::received_at;
use crate::store::sqlite::books::records::{self, FactOrigin, FactRow, Says};

use super::query::{Asked, Place};
use super::{builds, read_books};

/// Something one message said of a build.
#[derive(Debug, Serialize, ToSchema)]
pub struct Fact {
    /// When the message was received.
    #[schema(required)]
    pub at: Option<Time>,
    /// When it was made, as the provider tells.
    #[schema(required)]
    pub provider_at: Option<Time>,
    pub from: Origin,
    /// What it says, without what it leaves open.
    pub says: Map<String, Value>,
    /// Whether the record holds something that came from here.
    pub applied: bool,
    pub why: String,
}

/// Where a fact came from.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FactOrigin)]
#[serde(untagged)]
pub enum Origin {
    /// A delivery.
    Entry { entry_id: i64 },
    /// A question to the provider: `GET /build/builds/4211/timeline`.
    Call { api_call: String },
}

/// Place of a fact: provider time, entry (answers have numbers below 0), row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct FactPlace {
    at: i64,
    entry: i64,
    id: i64,
}

impl From<&FactRow> for FactPlace {
    fn from(fact: &FactRow) -> Self {
        // A fact without a time is the weakest: it comes first, as in the folds.
        let entry = match &fact.from {
            FactOrigin::Entry(entry) => entry.0,
            FactOrigin::Call(call) => -call.id,
        };
        Self { at: fact.at.map_or(i64::MIN, |at| at.0), entry, id: fact.id }
    }
}

impl Place for FactPlace {
    const LIST: &'static str = "facts";

    fn numbers(&self) -> Vec<i64> {
        vec![self.at, self.entry, self.id]
    }

    fn from_numbers(numbers: &[i64]) -> Option<Self> {
        let [at, entry, id] = numbers else { return None };
        Some(Self { at: *at, entry: *entry, id: *id })
    }
}

/// What is known of a build from where, oldest word first.
#[utoipa::path(
    get, path = "/api/v1/builds/{id}/facts", operation_id = "listFacts", tag = "builds",
    params(
        ("id" = Uuid, Path, description = "Id of the build"),
        ("limit" = Option<u16>, Query, description = "Items of a page: 50, at most 500"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, description = "A page of facts", body = List<Fact>),
              (status = 301, description = "It turned out to be another build: see `Location`"))
)]
pub async fn list(
    State(hub): State<Hub>,
    Path(id): Path<String>,
    uri: Uri,
    mut asked: Asked,
) -> Result<Response, Problem> {
    let (limit, after) = (asked.limit()?, asked.cursor::<FactPlace>()?);
    let link = asked.done()?;
    let build = match builds::find(&hub, &id).await? {
        Ok(build) => build.id,
        Err(moved) => return Ok(moved.to("/facts", &uri)),
    };
    let (items, next) = read_books(&hub, move |books| {
        let mut facts = records::facts_of_build(books, build)?;
        facts.extend(records::facts_of_calls(books, build)?);
        facts.sort_by_key(|fact| FactPlace::from(fact));
        let told = Told::from_facts(&facts, &summarise(&records::step_lines(books, build)?));
        let begin = facts.partition_point(|fact| after.is_some_and(|a| FactPlace::from(fact) <= a));
        let end = facts.len().min(begin + limit);
        let items: Vec<Fact> = (begin..end)
            .map(|index| {
                let received_at = match &facts[index].from {
                    FactOrigin::Entry(entry) => received_at(books, *entry)?,
                    FactOrigin::Call(call) => Some(call.at),
                };
                Ok(told.fact(&facts, index, received_at))
            })
            .collect::<Result<_, StoreError>>()?;
        let next = (end < facts.len()).then(|| FactPlace::from(&facts[end - 1]));
        Ok((items, next))
    })
    .await?;
    Ok(link.page(items, next.as_ref()))
}

/// What a fact says, for people: without its standing, without secrets.
#[must_use]
pub fn says(fact: &Says) -> Map<String, Value> {
    let value = match fact {
        Says::Build(fact) => serde_json::to_value(fact),
        Says::Step(fact) => serde_json::to_value(fact),
        Says::Subject(fact) => serde_json::to_value(fact),
        Says::Change(change) => serde_json::to_value(change),
    };
    let Ok(mut value) = value else { return Map::new() };
    mask::value(&mut value);
    let Value::Object(mut members) = value else { return Map::new() };
    members.retain(|name, value| !value.is_null() && name != "weight" && name != "at");
    members
}

/// One slot of a fold: of the build, or of one of its steps.
type Slot = (Option<StepRef>, String);

/// Who gave which slot, and which of the slots the record shows in the end.
#[derive(Debug, Default)]
struct Told {
    /// Index of the fact that holds the slot in the end.
    holders: HashMap<Slot, usize>,
    /// The slots each fact speaks of.
    spoken: Vec<Vec<Slot>>,
    /// The fields of the record that each fact gives.
    given: Vec<BTreeSet<String>>,
    /// What the state of the build follows from.
    cause: Option<Cause>,
}

impl Told {
    fn from_facts(facts: &[FactRow], summary: &StepSummary) -> Self {
        let mut told = Self::default();
        let mut build = BuildFold::default();
        let mut steps: BTreeMap<&StepRef, StepFold> = BTreeMap::new();
        for (index, fact) in facts.iter().enumerate() {
            let (given, spoken) = match &fact.says {
                Says::Build(fact) => {
                    let given = build_slots(fact, build.absorb(fact));
                    (given, build_slots(fact, BuildFold::default().absorb(fact)))
                }
                Says::Step(fact) => {
                    let given = steps.entry(&fact.step).or_default().absorb(fact);
                    (step_slots(fact, given), step_slots(fact, StepFold::default().absorb(fact)))
                }
                Says::Subject(_) | Says::Change(_) => (Vec::new(), Vec::new()),
            };
            told.spoken.push(spoken);
            for slot in given {
                told.holders.insert(slot, index);
            }
        }
        told.cause = Some(build.cause(summary));
        let mut given = vec![BTreeSet::new(); facts.len()];
        for (slot, index) in &told.holders {
            if told.is_shown(slot, &facts[*index]) {
                given[*index].extend(fields(slot, &facts[*index]));
            }
        }
        told.given = given;
        told
    }

    /// Whether the record shows what a slot holds. A fold keeps every word of greatest standing;
    /// a state that was overtaken by a finish, or a finish by a later one, is among them.
    fn is_shown(&self, (step, name): &Slot, holder: &FactRow) -> bool {
        let cause = self.cause;
        if let Some(step) = step {
            let ended = (Some(step.clone()), "result".to_owned());
            return name != "state" || !self.holders.contains_key(&ended);
        }
        match (name.as_str(), &holder.says) {
            ("state", _) => cause == Some(Cause::Phase),
            ("active_at", _) => cause == Some(Cause::Active),
            ("under_way", _) => cause == Some(Cause::UnderWay),
            ("by_jobs", _) => cause == Some(Cause::Jobs),
            ("result:run", _) => cause == Some(Cause::Ended(Authority::Run)),
            ("result:build", _) => cause == Some(Cause::Ended(Authority::Build)),
            ("result:block", _) => cause == Some(Cause::Ended(Authority::Block)),
            (name, Says::Build(fact)) if name.starts_with("approvals:") => {
                let is_open = fact.approval.as_ref().is_some_and(|approval| !approval.done);
                match cause {
                    Some(Cause::Ended(_)) => false,
                    Some(Cause::Asked) => is_open,
                    _ => !is_open,
                }
            }
            _ => true,
        }
    }

    /// The fact whose word the record has in place of what a slot holds.
    fn winner(&self, facts: &[FactRow], slot: &Slot) -> Option<usize> {
        let held = self.holders.get(slot).copied();
        if held.is_none_or(|index| self.is_shown(slot, &facts[index])) {
            return held;
        }
        let name = match (&slot.0, self.cause?) {
            (Some(_), _) => "result",
            (None, Cause::Ended(Authority::Run)) => "result:run",
            (None, Cause::Ended(Authority::Build)) => "result:build",
            (None, Cause::Ended(Authority::Block)) => "result:block",
            (None, Cause::Active) => "active_at",
            (None, Cause::UnderWay) => "under_way",
            (None, Cause::Jobs) => "by_jobs",
            (None, Cause::Phase) => "state",
            (None, Cause::Asked) => {
                let asking = self.holders.iter().filter(|((step, name), index)| {
                    step.is_none() && name.starts_with("approvals:") && {
                        self.is_shown(&(None, name.clone()), &facts[**index])
                    }
                });
                return asking.map(|(_, index)| *index).min();
            }
        };
        self.holders.get(&(slot.0.clone(), name.to_owned())).copied()
    }

    fn fact(&self, facts: &[FactRow], index: usize, received_at: Option<Timestamp>) -> Fact {
        let fact = &facts[index];
        let is_change = matches!(fact.says, Says::Change(_));
        let applied = is_change || !self.given[index].is_empty();
        let why = match (is_change, applied) {
            (true, _) => "counts a change of state".to_owned(),
            (_, true) => format!("gives {}", listed(&self.given[index])),
            (_, false) => self.why_not(facts, index),
        };
        Fact {
            at: time(received_at),
            provider_at: time(fact.at),
            from: match &fact.from {
                FactOrigin::Entry(entry) => Origin::Entry { entry_id: entry.0 },
                FactOrigin::Call(call) => Origin::Call { api_call: call.call.clone() },
            },
            says: says(&fact.says),
            applied,
            why,
        }
    }

    /// Why nothing of a fact is left in the record.
    fn why_not(&self, facts: &[FactRow], index: usize) -> String {
        let own = says(&facts[index].says);
        let mut repeated = true;
        let mut winners = BTreeMap::new();
        for slot in &self.spoken[index] {
            let Some(winner) = self.winner(facts, slot) else { continue };
            repeated &= word(&own, slot) == word(&says(&facts[winner].says), slot);
            winners.insert(FactPlace::from(&facts[winner]).entry, winner);
        }
        let named = |index: usize| match &facts[index].from {
            FactOrigin::Entry(entry) => format!("entry {entry}"),
            FactOrigin::Call(call) => format!("the answer to {}", call.call),
        };
        let Some((_, first)) = winners.first_key_value() else {
            return "says nothing of its own".to_owned();
        };
        if repeated {
            return format!("says nothing that {} does not say", named(*first));
        }
        let last = named(winners.last_key_value().map_or(*first, |(_, last)| *last));
        match &facts[index].says {
            Says::Build(fact) if counts_as_attempt(fact) => {
                format!("overtaken by {last}; counts as an attempt")
            }
            _ => format!("overtaken by {last}"),
        }
    }
}

/// The fields of the record that a slot stands for.
fn fields((step, name): &Slot, holder: &FactRow) -> Vec<String> {
    let fields = match (&holder.says, name.as_str()) {
        (Says::Step(fact), "result") => end(fact.finished_at),
        (Says::Build(fact), name) if name.starts_with("result:") => {
            let completion = fact.completion.as_ref();
            end(completion.filter(|c| c.authority != Authority::Block).and_then(|c| c.at))
        }
        (_, "by_jobs") if step.is_none() => end(None),
        (_, "active_at" | "under_way") if step.is_none() => &["state"],
        (_, name) if name.starts_with("approvals:") => &["approvals"],
        (_, name) => return vec![name.to_owned()],
    };
    fields.iter().map(|field| (*field).to_owned()).collect()
}

/// What an end gives.
fn end(at: Option<Timestamp>) -> &'static [&'static str] {
    if at.is_some() { &["state", "result", "finished_at"] } else { &["state", "result"] }
}

fn build_slots(fact: &BuildFact, names: Vec<&'static str>) -> Vec<Slot> {
    let slot = |name: &'static str| match (name, &fact.completion, &fact.approval) {
        ("result", Some(completion), _) => match completion.authority {
            Authority::Run => "result:run".to_owned(),
            Authority::Build => "result:build".to_owned(),
            Authority::Block => "result:block".to_owned(),
        },
        ("approvals", _, Some(approval)) => format!("approvals:{}", approval.id),
        _ => name.to_owned(),
    };
    names.into_iter().map(|name| (None, slot(name))).collect()
}

fn step_slots(fact: &StepFact, names: Vec<&'static str>) -> Vec<Slot> {
    names.into_iter().map(|name| (Some(fact.step.clone()), name.to_owned())).collect()
}

/// Each time at which a build itself said it was done is an attempt.
fn counts_as_attempt(fact: &BuildFact) -> bool {
    let own = fact.completion.as_ref().filter(|c| c.authority == Authority::Build);
    own.is_some_and(|completion| completion.at.is_some())
}

/// What a fact says in a slot. Facts of a build hold some slots together, under another name.
fn word(says: &Map<String, Value>, (step, name): &Slot) -> Option<Value> {
    let name = name.split(':').next().unwrap_or(name);
    let member = match name {
        _ if step.is_some() => name,
        "state" => "phase",
        "result" => "completion",
        "approvals" => "approval",
        "pipeline_name" => "pipeline",
        name => name,
    };
    let mut word = says.get(member).cloned()?;
    // Two messages of one finish are made at different times.
    if let Some(completion) = word.as_object_mut().filter(|_| member == "completion") {
        completion.remove("told_at");
    }
    Some(word)
}

/// `a, b and c`.
fn listed(names: &BTreeSet<String>) -> String {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [some @ .., last] => format!("{} and {last}", some.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Approval, BuildResult, Completion, EntryId, Phase};

    fn row(id: i64, at: i64, fact: BuildFact) -> FactRow {
        let at = Some(Timestamp(at));
        FactRow {
            id,
            from: FactOrigin::Entry(EntryId(id)),
            build: Some(1),
            subject: None,
            at,
            decoder: 1,
            says: Says::Build(Box::new(BuildFact { at, ..fact })),
        }
    }

    fn finish(at: i64) -> BuildFact {
        BuildFact {
            completion: Some(Completion {
                authority: Authority::Build,
                at: Some(Timestamp(at)),
                told_at: None,
                result: BuildResult::Success,
                raw: None,
                detail: None,
            }),
            ..BuildFact::default()
        }
    }

    fn told(facts: &[FactRow]) -> Vec<(bool, String)> {
        let told = Told::from_facts(facts, &StepSummary::default());
        (0..facts.len())
            .map(|index| told.fact(facts, index, None))
            .map(|fact| (fact.applied, fact.why))
            .collect()
    }

    #[test]
    fn a_fact_says_what_the_record_has_from_it_or_why_nothing() {
        let branch =
            |name: &str| BuildFact { branch: Some(name.to_owned()), ..BuildFact::default() };
        let facts = [
            row(1, 1, BuildFact { phase: Some(Phase::Running), ..branch("main") }),
            row(2, 2, branch("main")),
            row(3, 2, branch("main")),
            row(4, 5, finish(5)),
        ];
        let expected = [
            (false, "overtaken by entry 4".to_owned()),
            (true, "gives branch".to_owned()),
            (false, "says nothing that entry 2 does not say".to_owned()),
            (true, "gives finished_at, result and state".to_owned()),
        ];
        assert_eq!(told(&facts), expected);
    }

    #[test]
    fn a_fact_that_was_overtaken_names_the_better_word() {
        let branch =
            |name: &str| BuildFact { branch: Some(name.to_owned()), ..BuildFact::default() };
        let facts = [row(1, 1, branch("old")), row(2, 2, branch("new"))];
        assert_eq!(told(&facts)[0], (false, "overtaken by entry 2".to_owned()));
    }

    #[test]
    fn a_running_gives_the_state_until_the_build_is_finished() {
        let running = row(1, 1, BuildFact { phase: Some(Phase::Running), ..BuildFact::default() });
        assert_eq!(told(std::slice::from_ref(&running))[0], (true, "gives state".to_owned()));
        let facts = [running, row(2, 5, finish(5))];
        assert_eq!(told(&facts)[0], (false, "overtaken by entry 2".to_owned()));
    }

    #[test]
    fn a_finish_that_a_later_one_replaced_only_counts_as_an_attempt() {
        let facts = [row(1, 5, finish(5)), row(2, 9, finish(9))];
        let overtaken = "overtaken by entry 2; counts as an attempt".to_owned();
        assert_eq!(told(&facts)[0], (false, overtaken));
        assert_eq!(told(&facts)[1], (true, "gives finished_at, result and state".to_owned()));
    }

    #[test]
    fn a_finish_after_which_work_went_on_is_overtaken_by_that_work() {
        let later = BuildFact { active_at: Some(Timestamp(9)), ..BuildFact::default() };
        let facts = [row(1, 5, finish(5)), row(2, 9, later)];
        assert!(!told(&facts)[0].0, "{:?}", told(&facts));
        assert_eq!(told(&facts)[1], (true, "gives state".to_owned()));
    }

    #[test]
    fn an_approval_counts_while_it_is_open_and_nothing_ended_the_build() {
        let asked = |id: i64, done| {
            let approval = Some(Approval { id: "a".to_owned(), done });
            row(id, id, BuildFact { approval, ..BuildFact::default() })
        };
        assert!(told(&[asked(1, false)])[0].0);
        let facts = [asked(1, false), asked(2, true), row(3, 5, finish(5))];
        let outcome: Vec<bool> = told(&facts).into_iter().map(|(applied, _)| applied).collect();
        assert_eq!(outcome, [false, false, true]);
    }
}
