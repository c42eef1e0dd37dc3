//! What becomes an execution environment; see `lambda_service::launcher`. For programs that do not start themselves.

fn main() {
    lambda_service::launcher::run_if_asked();
    eprintln!("lambda-launcher: started by the Lambda service only");
    std::process::exit(2);
}
