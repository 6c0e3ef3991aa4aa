//! Moves the journal's log into its file, so that no sender waits for it.
//!
//! Left to the writer, every thousandth commit takes ten times as long, and everybody in the queue
//! with it. So a thread of its own moves the log a piece at a time, beside the commits. It never quite
//! catches up with a busy writer, and SQLite starts the log from its beginning only when nothing is
//! left: the last few pages the writer moves itself, asked by [`State::is_nearly_moved`].

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::store::StoreError;
use crate::store::sqlite::{Checkpoint, Connection, checkpoint, open_checkpointer};

use super::State;
use super::aside::Aside;

/// Pause between two moves.
const PAUSE: Duration = Duration::from_millis(200);

/// Pages in the log from which on it is worth the writer's time to start it anew; 8 MB.
const LOG_PAGES: i64 = 2_000;

/// Pages that may be left to the writer: moving them takes about as long as a commit.
const LEFT_MAX: i64 = 250;

/// Start the thread. Without it the writer moves the log, later and in larger pieces.
pub(super) fn start(path: PathBuf, state: Arc<State>) -> Aside {
    let mut connection = None;
    let mut seen = None;
    Aside::start("checkpoint", PAUSE, move || {
        let written = (state.last.load(Ordering::Acquire), state.chores.load(Ordering::Acquire));
        if seen == Some(written) {
            return;
        }
        match step(&path, &mut connection) {
            Ok(is_nearly_moved) => {
                if is_nearly_moved {
                    state.is_nearly_moved.store(true, Ordering::Release);
                }
                seen = Some(written);
            }
            // A full disk, most likely: the writer finds it as well and tells people. Pages whose
            // flush failed count as not moved, and are written again from the log.
            Err(error) => {
                tracing::debug!(%error, "Could not move the journal's log");
                connection = None;
            }
        }
    })
}

/// Move what can be moved. Whether so little is left of a long log that the writer should end it.
fn step(path: &Path, connection: &mut Option<Connection>) -> Result<bool, StoreError> {
    let open = match connection {
        Some(open) => open,
        None => connection.insert(open_checkpointer(path)?),
    };
    let Checkpoint { log, moved } = checkpoint(open)?;
    Ok(log >= LOG_PAGES && log - moved <= LEFT_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::testing::entry;
    use crate::store::sqlite::journal::Writer;

    #[test]
    fn a_long_log_is_moved_beside_the_writer_and_begun_anew() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal.db");
        let mut writer = Writer::open(&path).unwrap();
        let mut connection = None;
        let mut ordinal = 0;
        let mut append = |writer: &mut Writer| {
            ordinal += 1;
            writer.append(&[entry(ordinal)]).unwrap();
        };

        append(&mut writer);
        assert!(!step(&path, &mut connection).unwrap(), "a short log is left as it is");

        let long = u64::try_from(LOG_PAGES).unwrap() * 4_096 * 11 / 10;
        while std::fs::metadata(directory.path().join("journal.db-wal")).unwrap().len() < long {
            append(&mut writer);
        }
        assert!(step(&path, &mut connection).unwrap(), "the writer is asked to end a long one");

        append(&mut writer);
        let ended = writer.checkpoint().unwrap();
        assert_eq!(ended.log, ended.moved, "nothing is left");
        append(&mut writer);
        let begun = checkpoint(connection.as_ref().unwrap()).unwrap();
        assert!(begun.log < 20, "the next commit begins the log anew");
    }
}
