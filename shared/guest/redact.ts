/**
 * awk program that replaces the values of the variables named in KILN_SECRETS, line by line and as they come. A value of
 * several lines is replaced line by line; lines of up to three characters, such as a lone bracket, are left. awk is the
 * one tool for it that every distribution has in its smallest image.
 */
const PROGRAM = `
    BEGIN {
      n = split(ENVIRON["KILN_SECRETS"], names, " ")
      for (i = 1; i <= n; i++) {
        value = ENVIRON[names[i]]
        gsub(/^[\\r\\n]+|[\\r\\n]+$/, "", value)
        m = split(value, lines, "\\n")
        for (j = 1; j <= m; j++) {
          sub(/\\r$/, "", lines[j])
          if (lines[j] != "" && (m == 1 || length(lines[j]) > 3)) values[++count] = lines[j]
        }
      }
      for (i = 2; i <= count; i++) {
        value = values[i]
        for (j = i - 1; j >= 1 && length(values[j]) < length(value); j--) values[j + 1] = values[j]
        values[j + 1] = value
      }
    }
    {
      line = $0
      for (i = 1; i <= count; i++) {
        clean = ""
        while ((at = index(line, values[i])) > 0) {
          clean = clean substr(line, 1, at - 1) "[redacted]"
          line = substr(line, at + length(values[i]))
        }
        line = clean line
      }
      print line
      fflush()
    }
  `;

/**
 * Shell function `redact`. mawk reads whole blocks unless it is told not to, and a log that one watches would stand
 * still: https://manpages.debian.org/mawk
 */
export const REDACT_FUNCTION = `interactive=""
case "$(awk -W version 2>&1 < /dev/null | head -n 1)" in mawk*) interactive="-Winteractive" ;; esac
redact() {
  LC_ALL=C awk \${interactive:+"$interactive"} '${PROGRAM}'
}`;
