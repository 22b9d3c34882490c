//! Reads `demo/conversations.txt`: what was said, when, by whom.

use time::{Duration, OffsetDateTime, Time};

use crate::Error;

#[derive(Clone, Debug)]
pub struct Conversation {
    pub client: String,
    pub trainer: String,
    pub lines: Vec<Line>,
}

#[derive(Clone, Debug)]
pub struct Line {
    pub at: OffsetDateTime,
    pub who: String,
    pub text: String,
    pub photo: Option<String>,
}

pub fn parse(text: &str) -> Result<Vec<Conversation>, Error> {
    let mut conversations: Vec<Conversation> = Vec::new();
    let today = OffsetDateTime::now_utc();
    for line in text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let wrong = || format!("demo/conversations.txt: {line}");
        if let Some(pair) = line.strip_prefix("== ") {
            let (client, trainer) = pair.split_once(' ').ok_or_else(wrong)?;
            let (client, trainer) = (client.to_owned(), trainer.to_owned());
            conversations.push(Conversation {
                client,
                trainer,
                lines: Vec::new(),
            });
        } else {
            let conversation = conversations.last_mut().ok_or_else(wrong)?;
            conversation.lines.push(line_of(line, today).ok_or_else(wrong)?);
        }
    }
    Ok(conversations)
}

fn line_of(line: &str, today: OffsetDateTime) -> Option<Line> {
    let mut words = line.splitn(4, ' ');
    let days = words.next()?.parse().ok()?;
    let (hour, minute) = words.next()?.split_once(':')?;
    let time = Time::from_hms(hour.parse().ok()?, minute.parse().ok()?, 0).ok()?;
    let who = words.next()?.to_owned();
    let rest = words.next()?;
    let (text, photo) = match rest
        .strip_suffix(']')
        .and_then(|rest| rest.rsplit_once(" [photo "))
    {
        Some((text, photo)) => (text, Some(photo.to_owned())),
        None => (rest, None),
    };
    let at = (today - Duration::days(days)).replace_time(time);
    Some(Line {
        at,
        who,
        text: text.to_owned(),
        photo,
    })
}
