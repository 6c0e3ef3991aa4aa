//! What the kernel knows of processes, the processors and the disk.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rustix::fs::fdatasync;

use crate::histogram::Histogram;

/// The kernel counts processor time in hundredths of a second on every platform we know.
const TICK: Duration = Duration::from_millis(10);

/// Processor time of a process so far, its own and the kernel's for it.
pub fn cpu(pid: u32) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).context("read /proc/stat")?;
    Ok(cpu_in(&stat))
}

/// Of that, what threads of this name took; zero when there are none.
pub fn cpu_of_threads(pid: u32, name: &str) -> Result<Duration> {
    let mut sum = Duration::ZERO;
    for thread in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        // A thread may end between the listing and the look.
        let Ok(stat) = std::fs::read_to_string(thread?.path().join("stat")) else { continue };
        if stat.contains(&format!("({name})")) {
            sum += cpu_in(&stat);
        }
    }
    Ok(sum)
}

fn cpu_in(stat: &str) -> Duration {
    // The name in parentheses may hold blanks; what follows does not.
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = |place: usize| -> u32 {
        fields.split_whitespace().nth(place).and_then(|text| text.parse().ok()).unwrap_or(0)
    };
    TICK * (ticks(11) + ticks(12))
}

/// Greatest resident memory so far, in bytes.
pub fn memory_peak(pid: u32) -> Result<u64> {
    let kib = field(&format!("/proc/{pid}/status"), "VmHWM:")?;
    Ok(kib * 1024)
}

/// Bytes handed to the disk so far.
pub fn written(process: &str) -> Result<u64> {
    field(&format!("/proc/{process}/io"), "write_bytes:")
}

fn field(file: &str, name: &str) -> Result<u64> {
    let text = std::fs::read_to_string(file).with_context(|| format!("read {file}"))?;
    text.lines()
        .find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse().ok())
        .with_context(|| format!("find {name} in {file}"))
}

/// Time that other guests of the machine took from us.
#[derive(Debug, Clone, Copy)]
pub struct Steal {
    stolen: u64,
    total: u64,
}

impl Steal {
    pub fn now() -> Result<Self> {
        let stat = std::fs::read_to_string("/proc/stat").context("read /proc/stat")?;
        let line = stat.lines().next().unwrap_or("");
        let fields: Vec<u64> =
            line.split_whitespace().skip(1).filter_map(|text| text.parse().ok()).collect();
        Ok(Self { stolen: fields.get(7).copied().unwrap_or(0), total: fields.iter().take(8).sum() })
    }

    /// Share of all processor time that was stolen since then.
    pub fn since(self) -> Result<f64> {
        let now = Self::now()?;
        let total = now.total.saturating_sub(self.total).max(1);
        Ok(now.stolen.saturating_sub(self.stolen) as f64 / total as f64)
    }
}

/// Append 4 KB and flush, again and again; how long each took, in microseconds.
pub fn flush(folder: &Path, flushes: usize, times: &mut Histogram) -> Result<()> {
    let path = folder.join("flush-probe");
    let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
    let block = [0x5a_u8; 4096];
    for _ in 0..flushes {
        let begin = Instant::now();
        file.write_all(&block)?;
        fdatasync(&file)?;
        times.record(u64::try_from(begin.elapsed().as_micros()).unwrap_or(u64::MAX));
    }
    std::fs::remove_file(path)?;
    Ok(())
}
