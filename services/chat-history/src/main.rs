use std::process::ExitCode;

fn main() -> ExitCode {
    boot::run::<chat_history::Config, _, _>("chat-history", chat_history::serve)
}
