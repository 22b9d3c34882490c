//! `<service> health`: asks the service that runs beside it whether it is ready. For those who start
//! containers: an image holds no shell and no other program that could ask.

use std::{
    ffi::OsString,
    io::{self, Read as _, Write as _},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::CommandFactory as _;

use crate::{config::INTERNAL_LISTEN, configuration, release};

/// Longest answer; `/readyz` names a handful of conditions.
const ANSWER_BYTES: usize = 4096;

/// Is the service ready? Exits 0 when it is, 1 when it is not or does not answer in time
#[derive(clap::Parser, Debug)]
struct Question {
    /// Where the service was told to answer `/readyz`
    #[arg(
        long,
        env = "SPOTTER_INTERNAL_LISTEN",
        default_value = INTERNAL_LISTEN,
        value_name = "ADDRESS"
    )]
    internal_listen: SocketAddr,

    /// Seconds until an answer comes too late
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=60))]
    within_seconds: u64,
}

/// What `/readyz` said.
struct Answer {
    is_ready: bool,
    body: String,
}

/// Asks as the arguments say, and tells a person why the answer is no.
pub fn check(program: &'static str, arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let arguments = std::iter::once(OsString::from(program)).chain(arguments);
    let command = Question::command().name(program).version(release::version());
    let question: Question = match configuration::parse(command, arguments) {
        Ok(question) => question,
        Err(ending) => return ending.tell(),
    };
    match ask(&question) {
        Ok(answer) => {
            // Nobody is left to tell when stdout is closed.
            let _ = writeln!(io::stdout(), "{}", answer.body);
            if answer.is_ready {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "no answer: {error}");
            ExitCode::FAILURE
        }
    }
}

fn ask(question: &Question) -> io::Result<Answer> {
    let until = Instant::now() + Duration::from_secs(question.within_seconds);
    let address = nearby(question.internal_listen);
    let mut stream = TcpStream::connect_timeout(&address, left(until)?)?;
    stream.set_write_timeout(Some(left(until)?))?;
    write!(
        stream,
        "GET /readyz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"
    )?;
    let mut said = Vec::new();
    let mut part = [0; 512];
    while said.len() < ANSWER_BYTES {
        stream.set_read_timeout(Some(left(until)?))?;
        match stream.read(&mut part)? {
            0 => break,
            read => said.extend_from_slice(part.get(..read).unwrap_or_default()),
        }
    }
    Ok(understood(&String::from_utf8_lossy(&said)))
}

fn understood(said: &str) -> Answer {
    let status = said.split(' ').nth(1);
    let body = said.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Answer {
        is_ready: said.starts_with("HTTP/1.1 ") && status == Some("200"),
        body: body.trim_end().to_owned(),
    }
}

/// What is left of the deadline; over it, an error and never zero, which would mean "for ever".
fn left(until: Instant) -> io::Result<Duration> {
    until
        .checked_duration_since(Instant::now())
        .filter(|left| !left.is_zero())
        .ok_or_else(|| io::ErrorKind::TimedOut.into())
}

/// Who listens everywhere is asked on this machine.
fn nearby(listen: SocketAddr) -> SocketAddr {
    let mut address = listen;
    match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_that_listens_everywhere_is_asked_here() {
        for (listen, asked) in [
            ("0.0.0.0:9090", "127.0.0.1:9090"),
            ("[::]:9090", "[::1]:9090"),
            ("10.0.0.7:9090", "10.0.0.7:9090"),
        ] {
            assert_eq!(nearby(listen.parse().unwrap()).to_string(), asked);
        }
    }

    #[test]
    fn only_a_yes_is_a_yes() {
        for no in [
            "",
            "HTTP/1.1 503 Service Unavailable\r\n\r\n{}",
            "HTTP/1.1 404 Not Found\r\n\r\n",
            "SSH-2.0 200",
        ] {
            assert!(!understood(no).is_ready, "{no}");
        }
        let yes = understood("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}\n");
        assert!(yes.is_ready);
        assert_eq!(yes.body, "{}");
    }
}
