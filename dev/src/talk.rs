//! `make talk`: one person's side of a conversation, in a terminal.

use std::collections::HashMap;
use std::io::{BufRead, stdin};
use std::time::{Duration, Instant};

use client::device::Answer;
use client::http::Token;
use client::{Device, Options as DeviceOptions};
use protocol::{ConversationId, Message, MessageId, Position, Seq, UserId};
use tokio::sync::mpsc;
use tokio::time::interval;

use crate::Error;
use crate::demo::{Demo, Person};
use crate::layout::Layout;

/// How much of the past is shown at the start.
const PAST: usize = 10;
const GLANCE: Duration = Duration::from_millis(20);

#[derive(clap::Args, Debug)]
pub struct Options {
    /// Who you are: a demo person's first name
    #[arg(long = "as", value_name = "PERSON")]
    me: String,
    /// Whom you talk to
    #[arg(long = "to", value_name = "PERSON")]
    peer: String,
}

pub async fn run(options: Options) -> Result<(), Error> {
    let demo = Demo::read(&Layout::of_repository()?.demo())?;
    let (me, peer) = (demo.person(&options.me)?, demo.person(&options.peer)?);
    let conversation =
        Demo::conversation(me, peer).ok_or("a conversation is between a trainer and a client")?;
    let sockets = demo
        .gateways
        .iter()
        .map(|base| format!("{}/ws/chat", base.replacen("http", "ws", 1)));
    let token = me.token.clone();
    let device = Device::start(DeviceOptions {
        user: me.id,
        token: Token::from_fn(move || token.clone()),
        gateways: sockets.collect(),
        http: demo.services.history.clone(),
        authority: None,
        talks_in: Some(conversation),
        whole_history: false,
        backoff_cap: Some(Duration::from_secs(2)),
        seed: rand::random(),
    })?;
    println!(
        "You are {}, talking to {}. Write a line and press Enter; Ctrl-D ends.",
        me.name, peer.name
    );
    let mut talk = Talk::new(device, conversation, me, peer);
    talk.run().await
}

struct Talk {
    device: Device,
    conversation: ConversationId,
    names: HashMap<UserId, String>,
    me: UserId,
    shown: HashMap<Seq, Position>,
    waiting: Vec<(MessageId, Instant)>,
    connected: Option<bool>,
}

impl Talk {
    fn new(device: Device, conversation: ConversationId, me: &Person, peer: &Person) -> Self {
        let names = [me, peer].map(|person| (person.id, person.name.clone())).into();
        Self {
            device,
            conversation,
            names,
            me: me.id,
            shown: HashMap::new(),
            waiting: Vec::new(),
            connected: None,
        }
    }

    async fn run(&mut self) -> Result<(), Error> {
        let mut lines = read_lines()?;
        let mut glance = interval(GLANCE);
        loop {
            tokio::select! {
                line = lines.recv() => {
                    let Some(line) = line else { return Ok(()) };
                    if !line.trim().is_empty() {
                        let id = self.device.send_to(self.conversation, &line).await;
                        self.waiting.push((id, Instant::now()));
                    }
                }
                _ = glance.tick() => {
                    self.show_connection()?;
                    self.show_answers();
                    self.show_messages();
                }
            }
        }
    }

    fn show_connection(&mut self) -> Result<(), Error> {
        let state = self.device.state();
        if let Some(stop) = state.link().stopped() {
            return Err(format!("the server ended this device: {stop:?}").into());
        }
        let connected = state.is_synced() && state.link().is_live();
        drop(state);
        if self.connected.replace(connected) != Some(connected) {
            println!(
                "  -- {}",
                if connected {
                    "connected"
                } else {
                    "connecting; what you write waits"
                }
            );
        }
        Ok(())
    }

    /// Tells how long each message took from the key press to the log and back.
    fn show_answers(&mut self) {
        let device = &self.device;
        self.waiting
            .retain(|(id, since)| match device.state().answer(*id) {
                None => true,
                Some(Answer::Acked(ack)) => {
                    let again = if ack.duplicate {
                        " (it had arrived before)"
                    } else {
                        ""
                    };
                    println!(
                        "  -- stored in {:.1} ms{again}",
                        since.elapsed().as_secs_f64() * 1000.0
                    );
                    false
                }
                Some(Answer::Refused(code)) => {
                    println!("  -- refused: {code:?}");
                    false
                }
            });
    }

    fn show_messages(&mut self) {
        if self.connected != Some(true) {
            return;
        }
        let rows = self.device.rows(self.conversation);
        let from = if self.shown.is_empty() {
            rows.len().saturating_sub(PAST)
        } else {
            0
        };
        for (index, row) in rows.iter().enumerate() {
            let before = self.shown.insert(row.seq, row.position);
            if before.is_none_or(|position| position < row.position) && index >= from {
                println!("{}", self.line(row, before.is_some()));
            }
        }
    }

    fn line(&self, row: &Message, changed: bool) -> String {
        let name = self.names.get(&row.sender_id).map_or("?", String::as_str);
        let who = if row.sender_id == self.me { "you" } else { name };
        let text = if row.deleted_at.is_some() {
            "(deleted)"
        } else {
            row.text.as_deref().unwrap_or("")
        };
        let links = row
            .attachments
            .iter()
            .map(|file| file.url.as_deref().unwrap_or("a photo"));
        let photos: Vec<_> = links.collect();
        let photos = if photos.is_empty() {
            String::new()
        } else {
            format!(" [{}]", photos.join(", "))
        };
        let mark = if changed { " (changed)" } else { "" };
        format!(
            "{:02}:{:02} {who}: {text}{photos}{mark}",
            row.sent_at.hour(),
            row.sent_at.minute()
        )
    }
}

/// Reads the terminal on a thread of its own; a person types slower than this queue fills.
fn read_lines() -> Result<mpsc::Receiver<String>, Error> {
    let (sender, lines) = mpsc::channel(16);
    std::thread::Builder::new()
        .name("terminal".to_owned())
        .spawn(move || {
            for line in stdin().lock().lines().map_while(Result::ok) {
                if sender.blocking_send(line).is_err() {
                    return;
                }
            }
        })?;
    Ok(lines)
}
