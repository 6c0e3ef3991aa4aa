//! The hands: each worker is one loop with a `step` that tests can call by hand.

pub mod assessor;
pub mod clerk;
pub mod enricher;
pub mod filer;
pub mod forwarder;
pub mod heartbeat;
pub mod inspector;
pub mod janitor;
mod outward;
pub mod processor;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use self::assessor::Assessor;
use self::enricher::Enricher;
use self::filer::Filer;
use self::inspector::Inspector;
use self::janitor::{Janitor, Progress};
use self::processor::Processor;
use crate::hub::Hub;

/// Pause between two steps of the processor. What arrives meanwhile shares a commit, and the disk
/// is left to the journal, whose senders wait. An event that comes alone is read at once.
const GATHER: Duration = Duration::from_millis(100);

/// While more events arrive than are read, the processor rests this many times as long as it
/// worked: it cannot keep up anyway, so the burst is stored first, and read when it ebbs.
const REST: u32 = 9;

/// Longest rest: a stop waits for it.
const REST_MAX: Duration = Duration::from_millis(500);

/// How often the processor looks for work nobody told it of (repetitions).
const LOOK_AROUND: Duration = Duration::from_millis(500);

/// Pause after a step that failed: the disk may be full, and a loop without rest helps nobody.
const FAILED_PAUSE: Duration = Duration::from_secs(1);

/// How often it is looked whether something is to be filed.
const FILER_LOOK: Duration = Duration::from_millis(300);

/// How often it is looked whether tests are to be assessed. What comes in a row is assessed together.
const ASSESSOR_LOOK: Duration = Duration::from_secs(1);

/// The assessor rests as long as it worked: half a core, however much there is to assess.
const ASSESSOR_REST: u32 = 1;

/// How often the door's counts are written down.
const CLERK_PAUSE: Duration = Duration::from_secs(1);

/// How often it is written down how the tokens fare.
const INSPECTOR_PAUSE: Duration = Duration::from_secs(10);

/// Pause of the janitor after the start, which others have enough to do with.
const JANITOR_START: Duration = Duration::from_secs(10);

/// How often the janitor looks whether something is due.
const JANITOR_LOOK: Duration = Duration::from_mins(1);

/// Pause between two steps of the janitor, and while others are busy: it goes on then too, so that it
/// is not put off for ever.
const JANITOR_PAUSE: Duration = Duration::from_millis(20);
const JANITOR_REST: Duration = Duration::from_millis(250);

/// Run all workers until told to stop; each finishes its step.
pub async fn run(hub: Hub, stop: watch::Receiver<bool>) {
    tokio::join!(
        run_processor(hub.clone(), stop.clone()),
        run_janitor(hub.clone(), stop.clone()),
        run_clerk(hub.clone(), stop.clone()),
        run_enricher(hub.clone(), stop.clone()),
        run_inspector(hub.clone(), stop.clone()),
        run_filer(hub.clone(), stop.clone()),
        run_assessor(hub.clone(), stop.clone()),
        outward::run(hub, stop),
    );
}

/// File what entries hold until told to stop; a piece is small, but files are read on a thread that may
/// be busy with them.
async fn run_filer(hub: Hub, mut stop: watch::Receiver<bool>) {
    let filer = Filer::new(&hub);
    let begin = filer.clone();
    if let Ok(Err(error)) = tokio::task::spawn_blocking(move || begin.begin()).await {
        tracing::warn!(%error, "Could not remove sets of results that were not filed to their end");
    }
    while !*stop.borrow() {
        let one = filer.clone();
        let pause = match tokio::task::spawn_blocking(move || one.step()).await {
            Ok(Ok(filer::Progress::Filed)) => continue,
            Ok(Ok(filer::Progress::Swept)) => JANITOR_PAUSE,
            Ok(Ok(filer::Progress::Idle)) => FILER_LOOK,
            Ok(Err(error)) => {
                tracing::error!(%error, "Could not file test results; trying again");
                FAILED_PAUSE
            }
            Err(error) => {
                tracing::error!(%error, "Filing test results panicked; trying again");
                FAILED_PAUSE
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Assess tests until told to stop.
async fn run_assessor(hub: Hub, mut stop: watch::Receiver<bool>) {
    let mut assessor = Assessor::of(&hub);
    while !*stop.borrow() {
        let step = tokio::task::spawn_blocking(move || {
            let begun = Instant::now();
            let progress = assessor.step();
            (assessor, progress, begun.elapsed())
        });
        let pause;
        (assessor, pause) = match step.await {
            Ok((assessor, Ok(assessor::Progress::Assessed), took)) => {
                (assessor, took * ASSESSOR_REST)
            }
            Ok((assessor, Ok(assessor::Progress::Idle), _)) => (assessor, ASSESSOR_LOOK),
            Ok((_, Err(error), _)) => {
                tracing::error!(%error, "Could not assess tests; trying again");
                (Assessor::of(&hub), FAILED_PAUSE)
            }
            Err(error) => {
                tracing::error!(%error, "Assessing tests panicked; trying again");
                (Assessor::of(&hub), FAILED_PAUSE)
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.changed() => {}
        }
    }
}

/// The processor has a thread of its own. Storing what arrives comes before reading it, but by rests,
/// not by a lower priority: put aside in the middle of a write it may hold locks of the file
/// system that the journal's flush waits for (docs/decisions/0007).
async fn run_processor(hub: Hub, stop: watch::Receiver<bool>) {
    let runtime = tokio::runtime::Handle::current();
    let (ended, end) = tokio::sync::oneshot::channel();
    let thread = std::thread::Builder::new().name("processor".to_owned()).spawn(move || {
        process(&hub, stop, &runtime);
        let _ = ended.send(());
    });
    match thread {
        // An error here is a panic of the thread; it was reported when it happened.
        Ok(_) => drop(end.await),
        Err(error) => tracing::error!(%error, "The system gives no thread to the processor"),
    }
}

fn process(hub: &Hub, mut stop: watch::Receiver<bool>, runtime: &tokio::runtime::Handle) {
    let processor = Processor::of(hub);
    match processor.queue_parked() {
        Ok(0) => {}
        Ok(queued) => tracing::info!(queued, "Reading parked events again with a newer decoder"),
        Err(error) => tracing::warn!(%error, "Could not queue parked events"),
    }
    while !*stop.borrow() {
        // Before the step: what arrives during it must not be slept over.
        let seen = hub.journal().last();
        let begun = Instant::now();
        let step = catch_unwind(AssertUnwindSafe(|| processor.step()));
        let pause = match step {
            Ok(Ok(progress)) if progress.idle() => LOOK_AROUND,
            Ok(Ok(progress)) => {
                let arrived = usize::try_from(hub.journal().last().0 - seen.0).unwrap_or(0);
                let rest = match progress.more {
                    false => GATHER,
                    true if progress.entries > 0 && arrived > progress.entries => {
                        (begun.elapsed() * REST).min(REST_MAX)
                    }
                    true => continue,
                };
                std::thread::sleep(rest);
                continue;
            }
            Ok(Err(error)) => {
                tracing::error!(%error, "Could not write the books; trying again");
                metrics::counter!("creel_processor_failures_total").increment(1);
                FAILED_PAUSE
            }
            Err(_) => {
                tracing::error!("The processor panicked; trying again");
                metrics::counter!("creel_processor_failures_total").increment(1);
                FAILED_PAUSE
            }
        };
        runtime.block_on(async {
            tokio::select! {
                () = hub.journal().wait_for_more(seen), if pause == LOOK_AROUND => {}
                () = hub.nudged(), if pause == LOOK_AROUND => {}
                () = tokio::time::sleep(pause) => {}
                _ = stop.wait_for(|stop| *stop) => {}
            }
        });
    }
}

async fn run_janitor(hub: Hub, mut stop: watch::Receiver<bool>) {
    let mut janitor = Janitor::of(&hub);
    let mut pause = JANITOR_START;
    loop {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let step = tokio::task::spawn_blocking(move || {
            let progress = janitor.step();
            let should_rest = janitor.should_rest();
            (janitor, progress, should_rest)
        });
        (janitor, pause) = match step.await {
            Ok((janitor, Ok(Progress::Idle), _)) => (janitor, JANITOR_LOOK),
            Ok((janitor, Ok(Progress::Worked), Ok(false))) => (janitor, JANITOR_PAUSE),
            Ok((janitor, Ok(Progress::Worked), Ok(true))) => (janitor, JANITOR_REST),
            Ok((janitor, Err(error), _)) => {
                tracing::warn!(%error, "Could not remove what is old; trying again");
                (janitor, JANITOR_LOOK)
            }
            Ok((janitor, Ok(_), Err(error))) => {
                tracing::warn!(%error, "Could not see how busy the others are");
                (janitor, JANITOR_LOOK)
            }
            Err(error) => {
                tracing::error!(%error, "The janitor failed; it begins anew");
                (Janitor::of(&hub), JANITOR_LOOK)
            }
        };
    }
}

async fn run_enricher(hub: Hub, mut stop: watch::Receiver<bool>) {
    match hub.vault().messenger().cloned() {
        Ok(messenger) => Enricher::new(&hub, messenger).run_until(stop).await,
        Err(error) => {
            tracing::error!(%error, "No provider is asked");
            let _ = stop.wait_for(|stop| *stop).await;
        }
    }
}

async fn run_inspector(hub: Hub, mut stop: watch::Receiver<bool>) {
    let mut inspector = Inspector::of(&hub);
    loop {
        tokio::select! {
            () = tokio::time::sleep(INSPECTOR_PAUSE) => {}
            _ = stop.wait_for(|stop| *stop) => break,
        }
        tokio::select! {
            step = inspector.step() => if let Err(error) = step {
                tracing::warn!(%error, "Could not look after the tokens; trying again");
            },
            _ = stop.wait_for(|stop| *stop) => break,
        }
    }
    let vault = std::sync::Arc::clone(hub.vault());
    // What was learned since is of no hurry, but there is time for it.
    let _ = tokio::task::spawn_blocking(move || vault.settle()).await;
}

async fn run_clerk(hub: Hub, mut stop: watch::Receiver<bool>) {
    loop {
        let stopping = *stop.borrow();
        let step = hub.clone();
        match tokio::task::spawn_blocking(move || clerk::step(&step)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(%error, "Could not write down what the door counted"),
            Err(error) => tracing::error!(%error, "The clerk failed"),
        }
        if stopping {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(CLERK_PAUSE) => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
}
