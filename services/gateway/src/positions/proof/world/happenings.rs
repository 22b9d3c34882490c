//! What can happen next.

use super::{Fate, Happening, Requests, Safeguard, Side, Socket, Way, World};

impl World {
    pub fn happenings(&self, lacks: &[Safeguard]) -> Vec<Happening> {
        let mut all = Vec::new();
        if self.broken.is_some() {
            return all;
        }
        for side in 0..2 {
            match &self.sockets[side] {
                None => all.push(Happening::Dial(side)),
                Some(socket) => self.happenings_of(side, socket, lacks, &mut all),
            }
        }
        all.extend(self.late.first().copied().map(Happening::AppendLate));
        if self.left.crashes > 0 {
            for gateway in 0..2 {
                let here = self
                    .sockets
                    .iter()
                    .flatten()
                    .filter(|socket| socket.gateway == gateway);
                let (sockets, asked) = here.fold((0, false), |(n, asked), socket| {
                    (n + 1, asked || !socket.up.is_empty())
                });
                if sockets > 0 {
                    all.push(Happening::Crash(gateway, Requests::Lost));
                }
                if asked {
                    all.push(Happening::Crash(gateway, Requests::Late));
                }
            }
        }
        all
    }

    pub(super) fn happenings_of(
        &self,
        side: Side,
        socket: &Socket,
        lacks: &[Safeguard],
        all: &mut Vec<Happening>,
    ) {
        let (device, left) = (&self.devices[side], self.left);
        if !socket.up.is_empty() {
            all.push(Happening::Append(side, Fate::Answered));
            if left.crashes > 0 {
                let dies = [
                    Fate::DiesBeforeCommit,
                    Fate::DiesBeforePublish,
                    Fate::DiesBeforeReply,
                ];
                all.extend(dies.map(|fate| Happening::Append(side, fate)));
            }
        }
        for (nth, bell) in socket.bells.iter().enumerate() {
            if socket.bells[..nth].contains(bell) || (nth > 0 && left.swaps == 0) {
                continue;
            }
            all.push(Happening::Bell(side, nth, Way::Arrives));
            if left.losses > 0 {
                all.push(Happening::Bell(side, nth, Way::IsLost));
            }
            if left.copies > 0 {
                all.push(Happening::Bell(side, nth, Way::ArrivesAndComesAgain));
            }
        }
        if !socket.questions.is_empty() {
            all.push(Happening::Answer(side, true));
            if left.losses > 0 {
                all.push(Happening::Answer(side, false));
            }
        }
        if socket.positions.next_due().is_some() && !lacks.contains(&Safeguard::HoleRepair) {
            all.push(Happening::Waited(side));
        }
        // The check comes every twenty seconds: what was on its way is long there, and what was held asked for.
        let waits = !socket.questions.is_empty() || socket.positions.next_due().is_some();
        let quiet = socket.bells.is_empty() && !waits;
        if quiet && socket.positions.sums() != self.sums() && !lacks.contains(&Safeguard::HeadsCheck) {
            all.push(Happening::CheckHeads(side));
        }
        if !socket.down.is_empty() {
            all.push(Happening::Read(side));
        }
        if let Some(waits_for) = device.waits_for() {
            let comes = socket.has_on_its_way(waits_for);
            if (!comes || left.hurries > 0) && !lacks.contains(&Safeguard::Recall) {
                all.push(Happening::Unanswered(side));
            }
        }
    }
}
