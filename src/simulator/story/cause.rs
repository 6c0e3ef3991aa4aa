//! Why a step fails. The dice choose it when the build begins; its logs, exit codes and test results
//! follow, and who reads them can be measured by it.

use crate::simulator::dice::Dice;

const SALT_CAUSE: u64 = 35;

/// Why a step failed, in truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cause {
    CompileError,
    TestFailure,
    Lint,
    /// Something that the code needs is not there.
    Dependency,
    Network,
    Timeout,
    OutOfMemory,
    /// The machine was gone in the middle of it.
    AgentLost,
    /// No machine took it.
    NoAgent,
    /// A command ended with an exit code and little else to say.
    ScriptError,
    /// Somebody refused to let it through.
    Rejected,
    Canceled,
    /// The disk, the registry, the machine: not the code.
    Infrastructure,
}

/// What a step is for, which says what it can fail of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Lint,
    Build,
    Test,
    Deploy,
}

impl Cause {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CompileError => "compile_error",
            Self::TestFailure => "test_failure",
            Self::Lint => "lint",
            Self::Dependency => "dependency",
            Self::Network => "network",
            Self::Timeout => "timeout",
            Self::OutOfMemory => "out_of_memory",
            Self::AgentLost => "agent_lost",
            Self::NoAgent => "no_agent",
            Self::ScriptError => "script_error",
            Self::Rejected => "rejected",
            Self::Canceled => "canceled",
            Self::Infrastructure => "infrastructure",
        }
    }

    /// What a failing step fails of. Who else throws dice for the step is not disturbed.
    pub(super) fn of(purpose: Purpose, key: &[u64]) -> Self {
        let mut parts = vec![SALT_CAUSE];
        parts.extend_from_slice(key);
        let mut left = Dice::seeded(&parts).below(100);
        for (cause, share) in purpose.shares() {
            if left < *share {
                return *cause;
            }
            left -= share;
        }
        Self::ScriptError
    }

    /// What the command ends with.
    #[must_use]
    pub fn exit_status(self) -> Option<i32> {
        match self {
            Self::CompileError | Self::TestFailure | Self::Lint | Self::Dependency => Some(1),
            Self::Network => Some(128),
            Self::OutOfMemory => Some(137),
            Self::ScriptError => Some(2),
            Self::Infrastructure => Some(125),
            Self::Timeout | Self::Canceled | Self::AgentLost => Some(-1),
            Self::NoAgent | Self::Rejected => None,
        }
    }
}

impl Purpose {
    /// In a hundred failures; what is left is a script's error.
    fn shares(self) -> &'static [(Cause, u32)] {
        use Cause::{
            AgentLost, CompileError, Dependency, Infrastructure, Lint, Network, NoAgent,
            OutOfMemory, TestFailure, Timeout,
        };
        match self {
            Self::Lint => &[(Lint, 82), (Dependency, 8)],
            Self::Build => &[
                (CompileError, 42),
                (Lint, 8),
                (Dependency, 12),
                (Network, 8),
                (OutOfMemory, 7),
                (Timeout, 6),
                (AgentLost, 5),
                (NoAgent, 4),
                (Infrastructure, 6),
            ],
            Self::Test => &[
                (TestFailure, 60),
                (Timeout, 9),
                (OutOfMemory, 8),
                (Network, 7),
                (AgentLost, 5),
                (NoAgent, 3),
                (Infrastructure, 5),
            ],
            Self::Deploy => &[
                (Network, 18),
                (Timeout, 14),
                (AgentLost, 8),
                (NoAgent, 6),
                (Infrastructure, 18),
                (OutOfMemory, 4),
            ],
        }
    }
}
