//! What `tradewind` says when nothing else was typed.

use crate::arguments::VERSION;
use crate::output;

const OVERVIEW: &str = "\
An online store in one program: a folder is a store, this command makes, opens and looks after it.

The five commands that are used most:

  tradewind new my-shop --demo               a shop with sample goods, to try things out
  tradewind serve my-shop                    open it for shoppers
  tradewind orders list my-shop              what was bought
  tradewind catalogue export goods.csv my-shop
                                             the catalogue as a file; `apply` brings it back
  tradewind doctor my-shop                   is everything as it should be?

More: `tradewind --help` lists every command, `tradewind <command> --help` has examples;
docs/commands.md tells them all, docs/errors.md what can go wrong.";

pub(crate) fn print() {
    output::line(format!("tradewind {VERSION}"));
    output::line(OVERVIEW);
}
