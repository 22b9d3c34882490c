//! Does what the schedule says, and takes it back when its time is over.
#![expect(
    clippy::expect_used,
    reason = "a server that does not come back ends the run, and says why"
)]

use std::{
    collections::BTreeMap,
    fs,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use rand::{Rng, SeedableRng, rngs::StdRng};
use testkit::{
    Service,
    proxy::{Snip, Weather},
};
use time::OffsetDateTime;
use tokio::{sync::Mutex, time::sleep};

use super::{
    cluster::{CLOCKED, Cluster},
    faults::{Fault, Kind, Place},
    neighbour::Neighbour,
    schedule::Schedule,
};

/// A service that was asked to leave has left within this; otherwise it is killed.
const LEFT: Duration = Duration::from_secs(15);
/// What was killed is waited for so long before its place may be hit again.
const BACK: Duration = Duration::from_secs(15);
const SNIPS: usize = 12;

/// What was done, and when it really was.
#[derive(Debug, Clone)]
pub struct Entry {
    pub fault: Fault,
    pub from: Duration,
    pub to: Duration,
    /// Why it could not be done here.
    pub omitted: Option<&'static str>,
}

#[derive(Debug, Clone)]
pub struct Journal {
    pub entries: Vec<Entry>,
    /// The wall clock at the beginning, which message ids tell the time by.
    pub begun: OffsetDateTime,
}

pub struct Nemesis<'a> {
    cluster: &'a Cluster,
    begun: Instant,
    clock: OffsetDateTime,
}

impl<'a> Nemesis<'a> {
    pub fn new(cluster: &'a Cluster, begun: Instant) -> Self {
        Self {
            cluster,
            begun,
            clock: OffsetDateTime::now_utc(),
        }
    }

    /// Goes through the whole schedule; afterwards everything that was done is taken back.
    pub async fn follow(self, schedule: &Schedule) -> Journal {
        let neighbour = Neighbour::enter(self.cluster.kit()).await;
        let places: BTreeMap<Place, Mutex<()>> = schedule
            .faults()
            .iter()
            .map(|fault| (fault.place(), Mutex::new(())))
            .collect();
        let faults = schedule.faults().iter().map(|fault| async {
            sleep((self.begun + fault.at).saturating_duration_since(Instant::now())).await;
            // What took longer to heal than planned is not hit again before it has.
            let _held = match places.get(&fault.place()) {
                Some(place) => Some(place.lock().await),
                None => None,
            };
            let from = self.begun.elapsed();
            let omitted = self.commit(fault, &neighbour).await.err();
            Entry {
                fault: *fault,
                from,
                to: self.begun.elapsed(),
                omitted,
            }
        });
        let entries = join_all(faults).await;
        Journal {
            entries,
            begun: self.clock,
        }
    }

    /// Does it, lets it last, and takes it back.
    async fn commit(&self, fault: &Fault, neighbour: &Neighbour) -> Result<(), &'static str> {
        match fault.kind {
            Kind::RepeatEvents => neighbour.repeat(fault.length).await,
            Kind::InventEvents => neighbour.invent(fault.length).await,
            Kind::ClockAhead => self.clock(fault, "+3600").await?,
            Kind::ClockBehind => self.clock(fault, "-3600").await?,
            Kind::CutDevices | Kind::SnipDevices | Kind::ThinDevices | Kind::DelayDevices => {
                self.devices(fault).await;
            }
            Kind::KillBroker | Kind::StopBroker => self.broker(fault).await,
            _ => match fault.place() {
                Place::Database => self.database(fault).await,
                Place::Replica(service, index) => self.replica(fault, (service, index)).await,
                _ => {}
            },
        }
        Ok(())
    }

    async fn replica(&self, fault: &Fault, replica: (&'static str, usize)) {
        let service = self.cluster.service(replica.0, replica.1);
        match fault.kind {
            Kind::KillGateway | Kind::KillHistory | Kind::KillRoster | Kind::KillUpload => {
                service.kill();
                sleep(fault.length).await;
                self.revive(service).await;
            }
            Kind::StopGateway | Kind::StopHistory | Kind::StopRoster | Kind::StopUpload => {
                service.stop();
                sleep(fault.length).await;
                service.resume();
            }
            Kind::DrainGateway | Kind::DrainHistory | Kind::DrainRoster | Kind::DrainUpload => {
                service.terminate();
                service.ended(LEFT).await;
                self.revive(service).await;
            }
            Kind::AbortAfterCommit => self.abort(fault, service, "after_commit").await,
            Kind::AbortAfterPublish => self.abort(fault, service, "after_publish").await,
            _ => self.lines(fault, replica).await,
        }
    }

    /// Arms a failpoint: the next append dies there, if one comes while it is armed.
    async fn abort(&self, fault: &Fault, service: &Service, step: &str) {
        let lever = self.cluster.lever(step);
        fs::write(&lever, "").expect("a failpoint can be armed");
        service.ended(fault.length).await;
        // The one that dies takes the file with it.
        drop(fs::remove_file(&lever));
        self.revive(service).await;
    }

    async fn lines(&self, fault: &Fault, (service, index): (&'static str, usize)) {
        let lines = self.cluster.kit().lines(service, index);
        let weather = weather(fault.kind);
        let to_database = matches!(
            fault.kind,
            Kind::CutHistoryFromDatabase
                | Kind::SwallowHistoryToDatabase
                | Kind::DelayHistoryToDatabase
                | Kind::SwallowRosterToDatabase
        );
        if to_database && let Some(line) = lines.database() {
            line.set(weather);
            sleep(fault.length).await;
            line.reset();
            line.set(Weather::Fine);
        } else {
            lines.to_brokers(weather);
            sleep(fault.length).await;
            lines.clear_brokers();
        }
    }

    async fn devices(&self, fault: &Fault) {
        let front = self.cluster.front(fault.target);
        if fault.kind == Kind::SnipDevices {
            let mut chance = StdRng::seed_from_u64(fault.length.subsec_nanos().into());
            front.snip((0..SNIPS).map(|_| snip(&mut chance)));
            front.reset();
        }
        front.set(weather(fault.kind));
        sleep(fault.length).await;
        front.set(Weather::Fine);
    }

    async fn broker(&self, fault: &Fault) {
        let broker = || self.cluster.kit().broker(fault.target);
        if fault.kind == Kind::KillBroker {
            broker().await.kill();
            sleep(fault.length).await;
            broker().await.restart().await.expect("a broker starts again");
        } else {
            broker().await.stop().expect("SIGSTOP can be sent");
            sleep(fault.length).await;
            broker().await.resume().expect("SIGCONT can be sent");
        }
    }

    async fn database(&self, fault: &Fault) {
        let kit = self.cluster.kit();
        match fault.kind {
            Kind::KillDatabase => {
                kit.postgres().await.kill();
                sleep(fault.length).await;
                let again = kit.postgres().await.restart().await;
                again.expect("the database starts again");
            }
            Kind::StopDatabase => {
                kit.postgres().await.stop().expect("SIGSTOP can be sent");
                sleep(fault.length).await;
                kit.postgres().await.resume().expect("SIGCONT can be sent");
            }
            Kind::StopStandby => {
                kit.stop_standby().await;
                sleep(fault.length).await;
                kit.resume_standby().await;
            }
            _ => {
                kit.fail_over().await;
                sleep(fault.length).await;
                kit.copy_again().await;
            }
        }
    }

    async fn clock(&self, fault: &Fault, by: &str) -> Result<(), &'static str> {
        if !self.cluster.turn_clock(by) {
            return Err("this machine has no libfaketime");
        }
        sleep(fault.length).await;
        self.cluster.turn_clock("+0");
        let (service, index) = CLOCKED;
        self.cluster
            .is_up(self.cluster.service(service, index), BACK)
            .await;
        Ok(())
    }

    /// Starts what was killed, as its supervisor does, and gives it time.
    async fn revive(&self, service: &Service) {
        if service.is_running() {
            service.kill();
        }
        service.revive();
        self.cluster.is_up(service, BACK).await;
    }
}

fn weather(kind: Kind) -> Weather {
    match kind {
        Kind::CutGatewayFromBrokers
        | Kind::CutHistoryFromBrokers
        | Kind::CutHistoryFromDatabase
        | Kind::CutDevices => Weather::Cut,
        Kind::DeafenGatewayToBrokers => Weather::Deaf,
        Kind::MuteGatewayToBrokers => Weather::Mute,
        Kind::DelayGatewayToBrokers | Kind::DelayHistoryToBrokers => {
            Weather::Delayed(Duration::from_millis(120))
        }
        Kind::DelayHistoryToDatabase => Weather::Delayed(Duration::from_millis(40)),
        Kind::DelayDevices => Weather::Delayed(Duration::from_millis(300)),
        Kind::ThinDevices => Weather::Thin {
            bytes: 700,
            pause: Duration::from_millis(20),
        },
        Kind::SnipDevices => Weather::Fine,
        _ => Weather::BlackHole,
    }
}

/// Anywhere in an upgrade, in `welcome` or in the frames after it.
fn snip(chance: &mut StdRng) -> Snip {
    if chance.random() {
        Snip::Up(chance.random_range(1..2_500))
    } else {
        Snip::Down(chance.random_range(1..8_000))
    }
}
