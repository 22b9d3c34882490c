use std::process::ExitCode;

fn main() -> ExitCode {
    // Before anything else: a renderer has no use for configuration, threads or a runtime.
    if std::env::args_os()
        .nth(1)
        .is_some_and(|first| first == file_upload::RENDER_FLAG)
    {
        return file_upload::run_renderer();
    }
    boot::run("file-upload", file_upload::serve)
}
