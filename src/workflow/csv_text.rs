//! Tables as CSV, for spreadsheets. What people wrote cannot become a formula there.

/// Rows under a header. Each row has as many cells as the header.
pub(super) fn csv_text(heads: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    let heads = heads.iter().map(|head| (*head).to_owned()).collect();
    for row in std::iter::once(heads).chain(rows) {
        // Into memory, with as many cells in each row: nothing can fail.
        let _ = writer.write_record(row.iter().map(|cell| harmless(cell)));
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

/// Spreadsheets take a cell that begins with one of these for a formula; behind an apostrophe it is text. Some part cells
/// at semicolons or tabs instead, so what follows those counts as a beginning too.
fn harmless(cell: &str) -> String {
    const FORMULA: [char; 9] = ['=', '+', '-', '@', '\t', '\r', '\n', '|', '%'];
    let mut harmless = String::with_capacity(cell.len());
    let mut begins = true;
    for char in cell.chars() {
        if begins && FORMULA.contains(&char) {
            harmless.push('\'');
        }
        begins = matches!(char, ';' | '\t') || (begins && matches!(char, ' ' | '"'));
        harmless.push(char);
    }
    harmless
}
