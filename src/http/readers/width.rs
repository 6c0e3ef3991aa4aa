//! How wide a text is in a badge. Nobody measures it for us, and a guess by the number of letters is
//! off by half for `iiii` and `WWWW`.

/// Advance widths of Verdana from the blank to `~`, in thousandths of the size.
const ASCII: [u16; 95] = [
    352, 394, 459, 818, 636, 1076, 727, 269, 454, 454, 636, 818, 364, 454, 364, 454, 636, 636, 636,
    636, 636, 636, 636, 636, 636, 636, 454, 454, 818, 818, 818, 545, 1000, 684, 686, 698, 771, 632,
    575, 775, 751, 421, 455, 693, 557, 843, 748, 787, 603, 787, 695, 684, 616, 732, 684, 989, 685,
    615, 685, 454, 454, 454, 818, 636, 636, 601, 623, 521, 623, 596, 352, 623, 633, 274, 344, 592,
    274, 973, 633, 607, 623, 623, 427, 521, 394, 633, 592, 818, 592, 592, 525, 635, 454, 635, 818,
];

/// Pixels of a text at 11 px, rounded up.
#[must_use]
pub fn of(text: &str) -> usize {
    let thousandths: usize = text.chars().map(|letter| usize::from(of_letter(letter))).sum();
    (thousandths * 11).div_ceil(1_000)
}

fn of_letter(letter: char) -> u16 {
    let code = u32::from(letter);
    if let Some(index) = code.checked_sub(0x20)
        && let Some(width) = usize::try_from(index).ok().and_then(|index| ASCII.get(index))
    {
        return *width;
    }
    match code {
        // Marks that stand on the letter before, and what joins letters.
        0x300..=0x36f | 0x200b..=0x200f | 0x20d0..=0x20ff | 0xfe00..=0xfe0f => 0,
        // East Asian letters and pictures take a square.
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe4f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1faff
        | 0x20000..=0x3fffd => 1_000,
        _ => 650,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrow_and_wide_letters_are_told_apart() {
        assert_eq!((of("iiii"), of("WWWW")), (13, 44));
        assert_eq!((of(""), of("passing")), (0, 42));
        assert_eq!((of("構築"), of("e\u{301}") - of("e")), (22, 0));
    }
}
