//! One build, measured from outside.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;
use std::time::Instant;

/// What a build took.
#[derive(Clone, Copy)]
pub(crate) struct Run {
    /// Seconds on the clock.
    pub(crate) wall: f64,
    /// Seconds of all processors.
    pub(crate) processor: f64,
    /// MiB at its peak.
    pub(crate) memory: f64,
}

/// So often it is looked how much memory the program has: what it takes in less time is missed.
const LOOK: Duration = Duration::from_micros(500);
/// `USER_HZ`, which Linux has fixed for programs.
const TICKS: f64 = 100.0;

/// Builds the site in `root`.
pub(crate) fn build(program: &Path, root: &Path) -> Result<Run, String> {
    let mut command = Command::new(program);
    command.arg("--root").arg(root).arg("build").stdin(Stdio::null()).stdout(Stdio::null());
    let log = root.join("log");
    command.stderr(fs::File::create(&log).map_err(|error| error.to_string())?);
    let begun = Instant::now();
    let mut child = command.spawn().map_err(|error| format!("{}: {error}", program.display()))?;
    let proc = format!("/proc/{}", child.id());
    let (mut memory, mut processor) = (0.0, 0.0);
    let status = loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            break status;
        }
        memory = peak(&proc).unwrap_or(memory);
        processor = used(&proc).unwrap_or(processor);
        sleep(LOOK);
    };
    let wall = begun.elapsed().as_secs_f64();
    if !status.success() {
        return Err(format!("the build failed:\n{}", fs::read_to_string(&log).unwrap_or_default()));
    }
    Ok(Run { wall, processor, memory })
}

fn peak(proc: &str) -> Option<f64> {
    let status = fs::read_to_string(format!("{proc}/status")).ok()?;
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    kilobytes.trim().trim_end_matches("kB").trim().parse::<f64>().ok().map(|kilobytes| kilobytes / 1024.0)
}

fn used(proc: &str) -> Option<f64> {
    let stat = fs::read_to_string(format!("{proc}/stat")).ok()?;
    // The name of the program stands in parentheses, and may have spaces in it.
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    Some((fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?) / TICKS)
}

/// The median of each figure.
pub(crate) fn median(runs: &[Run]) -> Run {
    let of = |figure: fn(&Run) -> f64| {
        let mut all: Vec<f64> = runs.iter().map(figure).collect();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    Run { wall: of(|run| run.wall), processor: of(|run| run.processor), memory: of(|run| run.memory) }
}
