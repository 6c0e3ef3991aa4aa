//! How the system runs the writer's thread.

/// The shortest that Linux grants.
#[cfg(target_os = "linux")]
const SLICE_NS: u64 = 100_000;

/// Ask for short turns on the processor, so that the calling thread gets one soon after it wakes:
/// everybody in the queue waits for it. Its share of the processor stays what it is, and so does its
/// priority; no right is needed. Linux knows this since 6.12, and earlier ones take no notice
/// (<https://docs.kernel.org/scheduler/sched-eevdf.html>).
#[cfg(target_os = "linux")]
pub(super) fn ask_for_short_turns() -> std::io::Result<()> {
    let mut attributes = linux::attributes()?;
    if matches!(i32::try_from(attributes.sched_policy), Ok(libc::SCHED_OTHER | libc::SCHED_BATCH)) {
        attributes.sched_runtime = SLICE_NS;
        linux::set_attributes(&attributes)?;
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
pub(super) fn ask_for_short_turns() -> std::io::Result<()> {
    Ok(())
}

/// The two system calls, which the C library has no functions for.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "no crate of ours has these calls; what they are given is ours")]
mod linux {
    use std::io::{Error, Result};

    use libc::{SYS_sched_getattr, SYS_sched_setattr, c_uint, pid_t, sched_attr, syscall};

    const THIS_THREAD: pid_t = 0;
    const NO_FLAGS: c_uint = 0;

    /// As the first version of the structure has them; every later kernel takes it.
    const SIZE: c_uint = 48;

    pub fn attributes() -> Result<sched_attr> {
        let mut attributes = sched_attr {
            size: SIZE,
            sched_policy: 0,
            sched_flags: 0,
            sched_nice: 0,
            sched_priority: 0,
            sched_runtime: 0,
            sched_deadline: 0,
            sched_period: 0,
        };
        const { assert!(size_of::<sched_attr>() >= SIZE as usize) };
        // SAFETY: the kernel writes at most `SIZE` bytes to the address, and the structure has them.
        let outcome =
            unsafe { syscall(SYS_sched_getattr, THIS_THREAD, &raw mut attributes, SIZE, NO_FLAGS) };
        if outcome == 0 { Ok(attributes) } else { Err(Error::last_os_error()) }
    }

    pub fn set_attributes(attributes: &sched_attr) -> Result<()> {
        // SAFETY: the kernel reads as many bytes as `size` says, which `attributes` has set.
        let outcome = unsafe {
            syscall(SYS_sched_setattr, THIS_THREAD, std::ptr::from_ref(attributes), NO_FLAGS)
        };
        if outcome == 0 { Ok(()) } else { Err(Error::last_os_error()) }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn only_the_length_of_a_turn_changes() {
        let (before, after) = std::thread::spawn(|| {
            let before = linux::attributes().unwrap();
            ask_for_short_turns().unwrap();
            (before, linux::attributes().unwrap())
        })
        .join()
        .unwrap();
        // A kernel that does not know turns of a length of one's own tells none.
        let knows = before.sched_runtime != 0;
        assert_eq!(after.sched_runtime, if knows { SLICE_NS } else { 0 });
        assert_eq!(after.sched_nice, before.sched_nice);
        assert_eq!(after.sched_policy, before.sched_policy);
        assert_eq!(after.sched_flags, before.sched_flags);
    }
}
