//! Any order, same record: absorbing facts is commutative, associative and idempotent.
//!
//! The values come from small domains, so that ties, the hard part of every such rule, are common.

use std::fmt::Debug;

use creel::model::{
    Approval, Authority, BuildFact, BuildFold, BuildResult, BuildState, Completion, Deployment,
    Phase, PipelineSaid, PullRequest, ResultDetail, StepFact, StepFold, StepKind, StepRef,
    StepSummary, SubjectFact, SubjectFold, SubjectKind, SubjectRef, Timestamp,
};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Times near each other: some equal, some within the seconds that two reports of one finish may
/// lie apart, some clearly later.
fn time() -> impl Strategy<Value = Timestamp> {
    select(vec![0, 1, 500, 10_000, 10_001, 60_000]).prop_map(Timestamp)
}

fn word() -> impl Strategy<Value = String> {
    select(vec!["", "a", "b"]).prop_map(str::to_owned)
}

fn completion() -> impl Strategy<Value = Completion> {
    (
        select(vec![Authority::Run, Authority::Build, Authority::Block]),
        option::of(time()),
        option::of(time()),
        select(BuildResult::ALL.to_vec()),
        option::of(word()),
        option::of(select(ResultDetail::ALL.to_vec())),
    )
        .prop_map(|(authority, at, told_at, result, raw, detail)| Completion {
            authority,
            at,
            told_at,
            result,
            raw,
            detail,
        })
}

fn build_fact() -> impl Strategy<Value = BuildFact> {
    let course = (
        option::of(time()),
        0_u8..3,
        option::of(select(vec![Phase::Queued, Phase::Running])),
        option::weighted(0.4, completion()),
        option::weighted(0.2, (word(), any::<bool>())),
        option::of(time()),
        (option::of(1_u32..4), option::of(1_u32..4), any::<bool>()),
        option::of(time()),
        option::of(time()),
    );
    let words = (
        option::of(word()),
        option::of((word(), option::of(word()), option::of(word()))),
        option::of(0_i64..3),
        option::of(word()),
        option::of((0_i64..3, option::of(word()))),
    );
    (course, words).prop_map(|(course, words)| {
        let (at, weight, phase, completion, approval, active_at, attempts, queued_at, started_at) =
            course;
        let (attempt, under_way, by_jobs) = attempts;
        let (text, pipeline, number, other_text, pull_request) = words;
        BuildFact {
            at,
            weight,
            phase,
            completion,
            by_jobs,
            approval: approval.map(|(id, done)| Approval { id, done }),
            active_at,
            under_way,
            attempt,
            queued_at,
            started_at,
            project: text.clone(),
            project_id: other_text.clone(),
            pipeline: pipeline.map(|(key, slug, name)| PipelineSaid {
                key,
                slug,
                name,
                default_branch: None,
            }),
            number,
            label: other_text.clone(),
            external_id: text.clone(),
            url: other_text.clone(),
            branch: text.clone(),
            commit: other_text.clone(),
            message: text.clone(),
            reason: other_text.clone(),
            requested_by: text,
            pull_request: pull_request.map(|(number, target)| PullRequest { number, target }),
        }
    })
}

fn step_ref() -> impl Strategy<Value = StepRef> {
    (word(), 1_u32..3).prop_map(|(key, attempt)| StepRef { key, attempt })
}

fn step_fact() -> impl Strategy<Value = StepFact> {
    let course = (
        select(vec![StepKind::Stage, StepKind::Job, StepKind::Task, StepKind::Gate]),
        option::of(time()),
        option::of(select(BuildState::ALL.to_vec())),
        option::of(select(BuildResult::ALL.to_vec())),
        option::of(select(ResultDetail::ALL.to_vec())),
        option::of(time()),
        option::of(time()),
        option::of(time()),
    );
    let words = (
        option::of(step_ref()),
        option::of(word()),
        option::of(word()),
        option::of(0_i64..3),
        any::<bool>(),
        any::<bool>(),
        option::of(word()),
    );
    (course, words).prop_map(|(course, words)| {
        let (kind, at, state, result, detail, queued_at, started_at, finished_at) = course;
        let (parent, name, raw_result, order, soft_failed, superseded, retry_of) = words;
        StepFact {
            parent,
            at,
            agent: name.clone(),
            name,
            order,
            state,
            result,
            raw_result,
            detail,
            queued_at,
            started_at,
            finished_at,
            soft_failed,
            superseded,
            retry_of,
            ..StepFact::about(StepRef { key: "job:1".to_owned(), attempt: 1 }, kind)
        }
    })
}

fn subject_fact() -> impl Strategy<Value = SubjectFact> {
    let texts = (option::of(word()), option::of(word()), option::of(word()), option::of(word()));
    let deployment = option::of((1_u32..3, option::of(word())));
    (0_i64..3, option::of(time()), any::<bool>(), texts, deployment).prop_map(
        |(revision, at, state_is_final, (title, state, project, url), deployment)| {
            let deployment = deployment.map(|(attempt, by)| Deployment {
                attempt: Some(attempt),
                by,
                ..Deployment::default()
            });
            let subject = SubjectRef { kind: SubjectKind::PullRequest, key: "1".to_owned() };
            SubjectFact {
                revision,
                title,
                state,
                state_is_final,
                project,
                url,
                deployment,
                ..SubjectFact::about(subject, at)
            }
        },
    )
}

/// Some facts, and the same facts in any other order, any of them any number of times.
fn shuffled<F: Debug + Clone>(
    fact: impl Strategy<Value = F>,
) -> impl Strategy<Value = (Vec<F>, Vec<F>)> {
    let facts = proptest::collection::vec(fact, 0..8);
    let repetitions = proptest::collection::vec(any::<Index>(), 0..8);
    (facts, repetitions).prop_flat_map(|(facts, repetitions)| {
        let mut all = facts.clone();
        if !facts.is_empty() {
            all.extend(repetitions.iter().map(|at| at.get(&facts).clone()));
        }
        (Just(facts), Just(all).prop_shuffle())
    })
}

fn build_fold(facts: &[BuildFact]) -> BuildFold {
    let mut fold = BuildFold::default();
    for fact in facts {
        fold.absorb(fact);
    }
    fold
}

fn step_fold(facts: &[StepFact]) -> StepFold {
    let mut fold = StepFold::default();
    for fact in facts {
        fold.absorb(fact);
    }
    fold
}

fn subject_fold(facts: &[SubjectFact]) -> SubjectFold {
    let mut fold = SubjectFold::default();
    for fact in facts {
        fold.absorb(fact);
    }
    fold
}

fn stored<T: serde::Serialize + serde::de::DeserializeOwned>(fold: &T) -> T {
    serde_json::from_str(&serde_json::to_string(fold).unwrap()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_build_is_the_same_whatever_the_order_of_its_facts((facts, shuffled) in shuffled(build_fact())) {
        let (fold, other) = (build_fold(&facts), build_fold(&shuffled));
        prop_assert_eq!(&fold, &other);
        let summary = StepSummary::default();
        prop_assert_eq!(fold.record(&summary), other.record(&summary));
        // The fold that is read back from the books is the fold that was written.
        prop_assert_eq!(&stored(&fold), &fold);
    }

    #[test]
    fn a_fact_that_a_build_has_heard_gives_it_nothing_more((facts, shuffled) in shuffled(build_fact())) {
        let mut fold = build_fold(&facts);
        for fact in &shuffled {
            prop_assert_eq!(fold.absorb(fact), Vec::<&str>::new());
        }
    }

    #[test]
    fn a_build_record_never_contradicts_itself((facts, _) in shuffled(build_fact())) {
        let record = build_fold(&facts).record(&StepSummary::default());
        match record.state {
            BuildState::Finished => prop_assert!(record.result.is_some()),
            BuildState::Queued | BuildState::Running => prop_assert_eq!(record.result, None),
            BuildState::Waiting => {}
        }
        if record.state != BuildState::Finished {
            prop_assert_eq!((record.finished_at, record.duration_ms), (None, None));
        }
        prop_assert!(record.attempt >= 1);
        prop_assert!(record.duration_ms.is_none_or(|ms| ms >= 0));
        prop_assert!(record.queue_ms.is_none_or(|ms| ms >= 0));
    }

    #[test]
    fn a_step_is_the_same_whatever_the_order_of_its_facts((facts, shuffled) in shuffled(step_fact())) {
        let (mut fold, other) = (step_fold(&facts), step_fold(&shuffled));
        prop_assert_eq!(&fold, &other);
        prop_assert_eq!(fold.record(), other.record());
        prop_assert_eq!(&stored(&fold), &fold);
        for fact in &shuffled {
            prop_assert_eq!(fold.absorb(fact), Vec::<&str>::new());
        }
    }

    #[test]
    fn a_subject_is_the_same_whatever_the_order_of_its_facts((facts, shuffled) in shuffled(subject_fact())) {
        let (mut fold, other) = (subject_fold(&facts), subject_fold(&shuffled));
        prop_assert_eq!(&fold, &other);
        prop_assert_eq!(fold.record(), other.record());
        prop_assert_eq!(&stored(&fold), &fold);
        for fact in &shuffled {
            prop_assert_eq!(fold.absorb(fact), Vec::<&str>::new());
        }
    }
}

#[test]
fn more_finishes_and_approvals_than_are_kept_still_give_one_record() {
    let facts: Vec<BuildFact> = (0..600_i64)
        .map(|number| {
            let at = Some(Timestamp(number * 1000));
            BuildFact {
                at,
                completion: Some(Completion {
                    authority: Authority::Build,
                    at,
                    told_at: at,
                    result: BuildResult::Success,
                    raw: None,
                    detail: None,
                }),
                approval: Some(Approval { id: format!("{number:04}"), done: number % 2 == 0 }),
                ..BuildFact::default()
            }
        })
        .collect();
    let reversed: Vec<BuildFact> = facts.iter().rev().cloned().collect();
    assert_eq!(build_fold(&facts), build_fold(&reversed));
}
