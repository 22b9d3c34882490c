use std::process::ExitCode;

fn main() -> ExitCode {
    // Before anything else: children have no use for configuration, threads or a runtime.
    let mut arguments = std::env::args_os().skip(1);
    match arguments.next() {
        Some(first) if first == file_upload::RENDER_FLAG => file_upload::run_renderer(),
        Some(first) if first == file_upload::CONTAIN_FLAG => file_upload::run_contained(arguments),
        _ => boot::run("file-upload", file_upload::serve),
    }
}
