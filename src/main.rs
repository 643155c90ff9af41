fn main() -> std::process::ExitCode {
    worksample::cli::main()
}
