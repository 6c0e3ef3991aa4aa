//! How a piece of text looks: colours and manners, in eight bytes.

/// The sixteen colours that a terminal's owner chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named(u8);

impl Named {
    const WORDS: [&str; 16] = [
        "black",
        "red",
        "green",
        "yellow",
        "blue",
        "magenta",
        "cyan",
        "white",
        "bright-black",
        "bright-red",
        "bright-green",
        "bright-yellow",
        "bright-blue",
        "bright-magenta",
        "bright-cyan",
        "bright-white",
    ];

    /// `red`, `bright-red`.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS[usize::from(self.0 & 15)]
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    Named(Named),
    Rgb(u8, u8, u8),
}

impl std::fmt::Display for Colour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Named(name) => f.write_str(name.word()),
            Self::Rgb(red, green, blue) => write!(f, "#{red:02x}{green:02x}{blue:02x}"),
        }
    }
}

/// A style, packed: each cell of a line carries one. From the low end: 25 bits of text colour, 25 of
/// background, six of manners. A colour is 0 (the terminal's own), 1 to 16 (a named one), or a bit and 24 of RGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Style(u64);

const COLOUR_BITS: u32 = 25;
const COLOUR_MASK: u64 = (1 << COLOUR_BITS) - 1;
const RGB: u64 = 1 << 24;
const BACKGROUND: u32 = COLOUR_BITS;

const BOLD: u64 = 1 << 50;
const DIM: u64 = 1 << 51;
const ITALIC: u64 = 1 << 52;
const UNDERLINE: u64 = 1 << 53;
const STRIKE: u64 = 1 << 54;
const INVERSE: u64 = 1 << 55;
const ALL: u64 = (1 << 56) - 1;

impl Style {
    pub const PLAIN: Self = Self(0);

    pub fn bits(self) -> u64 {
        self.0
    }

    /// What [`Style::bits`] gave; bits that mean nothing are left out.
    pub fn from_bits(bits: u64) -> Self {
        Self(bits & ALL)
    }

    pub fn foreground(self) -> Option<Colour> {
        colour(self.0 & COLOUR_MASK)
    }

    pub fn background(self) -> Option<Colour> {
        colour((self.0 >> BACKGROUND) & COLOUR_MASK)
    }

    pub fn is_bold(self) -> bool {
        self.0 & BOLD != 0
    }

    pub fn is_dim(self) -> bool {
        self.0 & DIM != 0
    }

    pub fn is_italic(self) -> bool {
        self.0 & ITALIC != 0
    }

    pub fn is_underlined(self) -> bool {
        self.0 & UNDERLINE != 0
    }

    pub fn is_struck(self) -> bool {
        self.0 & STRIKE != 0
    }

    pub fn is_inverse(self) -> bool {
        self.0 & INVERSE != 0
    }

    /// Whether a blank in this style can be seen.
    pub fn shows_blanks(self) -> bool {
        self.0 & (UNDERLINE | STRIKE | INVERSE) != 0 || self.background().is_some()
    }

    /// The grey in which agents print the prompt before a command.
    pub fn is_grey(self) -> bool {
        self.foreground() == Some(Colour::Named(Named(8)))
    }

    fn set(&mut self, manner: u64, is_on: bool) {
        if is_on {
            self.0 |= manner;
        } else {
            self.0 &= !manner;
        }
    }

    fn paint(&mut self, shift: u32, colour: u64) {
        self.0 = self.0 & !(COLOUR_MASK << shift) | colour << shift;
    }

    /// `ESC [ ... m`: the numbers as they stand there, separated by `;` or `:`.
    pub fn apply(&mut self, parameters: &[u8]) {
        let mut numbers = Numbers { rest: parameters, has_more: true };
        while let Some((number, is_joined)) = numbers.next() {
            match number {
                0 => self.0 = 0,
                1 => self.set(BOLD, true),
                2 => self.set(DIM, true),
                3 => self.set(ITALIC, true),
                // `4:0` takes it away, `4:3` is a wavy one.
                4 if is_joined => {
                    let kind = numbers.next().map_or(1, |(kind, _)| kind);
                    self.set(UNDERLINE, kind != 0);
                }
                4 | 21 => self.set(UNDERLINE, true),
                7 => self.set(INVERSE, true),
                9 => self.set(STRIKE, true),
                22 => self.set(BOLD | DIM, false),
                23 => self.set(ITALIC, false),
                24 => self.set(UNDERLINE, false),
                27 => self.set(INVERSE, false),
                29 => self.set(STRIKE, false),
                30..=37 => self.paint(0, u64::from(number) - 29),
                39 => self.paint(0, 0),
                40..=47 => self.paint(BACKGROUND, u64::from(number) - 39),
                49 => self.paint(BACKGROUND, 0),
                90..=97 => self.paint(0, u64::from(number) - 81),
                100..=107 => self.paint(BACKGROUND, u64::from(number) - 91),
                38 | 48 | 58 => {
                    let colour = numbers.colour(is_joined);
                    match (number, colour) {
                        (38, Some(colour)) => self.paint(0, colour),
                        (48, Some(colour)) => self.paint(BACKGROUND, colour),
                        // 58 colours the underline, which is not shown.
                        _ => {}
                    }
                }
                _ => {}
            }
        }
    }

    /// The sequence that sets this style whatever was before.
    pub fn write(self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"\x1b[0");
        for (manner, number) in
            [(BOLD, 1), (DIM, 2), (ITALIC, 3), (UNDERLINE, 4), (INVERSE, 7), (STRIKE, 9)]
        {
            if self.0 & manner != 0 {
                out.push(b';');
                out.push(b'0' + number);
            }
        }
        write_colour(out, self.0 & COLOUR_MASK, 30);
        write_colour(out, (self.0 >> BACKGROUND) & COLOUR_MASK, 40);
        out.push(b'm');
    }
}

fn colour(packed: u64) -> Option<Colour> {
    let byte = |shift: u32| u8::try_from((packed >> shift) & 255).unwrap_or_default();
    match packed {
        0 => None,
        packed if packed & RGB != 0 => Some(Colour::Rgb(byte(16), byte(8), byte(0))),
        _ => Some(Colour::Named(Named(byte(0).wrapping_sub(1) & 15))),
    }
}

fn write_colour(out: &mut Vec<u8>, packed: u64, base: u64) {
    let sequence = match packed {
        0 => return,
        packed if packed & RGB != 0 => {
            let (red, green, blue) = (packed >> 16 & 255, packed >> 8 & 255, packed & 255);
            format!(";{};2;{red};{green};{blue}", base + 8)
        }
        named @ 1..=8 => format!(";{}", base + named - 1),
        named => format!(";{}", base + 60 + named - 9),
    };
    out.extend_from_slice(sequence.as_bytes());
}

/// One of the 256 colours: the sixteen, a cube of six by six by six, and greys.
fn of_256(number: u16) -> Option<u64> {
    let step = |n: u64| if n == 0 { 0 } else { 55 + 40 * n };
    let number = u64::from(number);
    match number {
        0..=15 => Some(number + 1),
        16..=231 => {
            let cube = number - 16;
            Some(RGB | step(cube / 36) << 16 | step(cube / 6 % 6) << 8 | step(cube % 6))
        }
        232..=255 => {
            let grey = 8 + 10 * (number - 232);
            Some(RGB | grey << 16 | grey << 8 | grey)
        }
        _ => None,
    }
}

/// The numbers of a sequence; one that is missing counts as 0.
struct Numbers<'s> {
    rest: &'s [u8],
    has_more: bool,
}

impl Numbers<'_> {
    /// The next number, and whether a `:` joins it with the one after it.
    fn next(&mut self) -> Option<(u16, bool)> {
        if !self.has_more {
            return None;
        }
        let end = self.rest.iter().position(|byte| matches!(byte, b';' | b':'));
        let digits = &self.rest[..end.unwrap_or(self.rest.len())];
        let is_joined = end.is_some_and(|end| self.rest[end] == b':');
        self.has_more = end.is_some();
        self.rest = end.map_or(&[], |end| &self.rest[end + 1..]);
        Some((whole(digits), is_joined))
    }

    /// `5;n`, `2;r;g;b`, and with colons `5:n`, `2::r:g:b`, `2:r:g:b`.
    fn colour(&mut self, is_joined: bool) -> Option<u64> {
        if !is_joined {
            return match self.next()?.0 {
                5 => of_256(self.next()?.0),
                2 => Some(rgb(self.next()?.0, self.next()?.0, self.next()?.0)),
                _ => None,
            };
        }
        let (mut parts, mut count) = ([0; 8], 0);
        loop {
            let (part, is_joined) = self.next()?;
            if count < parts.len() {
                parts[count] = part;
                count += 1;
            }
            if !is_joined {
                break;
            }
        }
        match (parts[0], count) {
            (5, 2) => of_256(parts[1]),
            (2, 4) => Some(rgb(parts[1], parts[2], parts[3])),
            // With the colour space, which nobody fills in, before them.
            (2, 5..) => Some(rgb(parts[2], parts[3], parts[4])),
            _ => None,
        }
    }
}

fn rgb(red: u16, green: u16, blue: u16) -> u64 {
    let byte = |value: u16| u64::from(value.min(255));
    RGB | byte(red) << 16 | byte(green) << 8 | byte(blue)
}

/// A number of a sequence; whatever is no digit is not there, and nothing overflows.
pub(super) fn whole(digits: &[u8]) -> u16 {
    digits.iter().filter(|digit| digit.is_ascii_digit()).fold(0, |number: u16, digit| {
        number.saturating_mul(10).saturating_add(u16::from(digit - b'0'))
    })
}
