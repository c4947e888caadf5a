# Reads "a TAB b" lines, writes one of < = > ! a pair: Gem::Version's own comparison, ! where it refuses one of them.
known = Hash.new { |all, text| all[text] = Gem::Version.correct?(text) ? Gem::Version.new(text) : nil }
said = +""
STDIN.each_line(chomp: true) do |line|
  a, b = line.split("\t", 2).map { |text| known[text] }
  said << (a && b ? "<=>"[(a <=> b) + 1] : "!")
end
print said
