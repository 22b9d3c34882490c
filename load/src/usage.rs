//! What processes use, as the kernel counts it.

use std::time::Duration;

use sysinfo::{Pid, Process, ProcessRefreshKind, ProcessesToUpdate, System};

/// Processor time that a process has used so far.
pub fn processor(pid: u32) -> Duration {
    let pid = Pid::from_u32(pid);
    processor_of(|process| process.pid() == pid)
}

/// The same for PostgreSQL, whose work is done by children of its first process.
pub fn processor_of_postgres(pid: u32) -> Duration {
    let pid = Pid::from_u32(pid);
    processor_of(|process| process.pid() == pid || process.parent() == Some(pid))
}

fn processor_of(belongs: impl Fn(&Process) -> bool) -> Duration {
    let system = look(ProcessRefreshKind::nothing().with_cpu());
    let all = system.processes().values().filter(|process| belongs(process));
    Duration::from_millis(all.map(Process::accumulated_cpu_time).sum())
}

/// Microseconds for each of `count`.
pub fn each(time: Duration, count: usize) -> f64 {
    time.as_secs_f64() * 1e6 / count.max(1) as f64
}

fn look(what: ProcessRefreshKind) -> System {
    let mut system = System::new().expect("this system counts what processes use");
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, what.without_tasks());
    system
}
