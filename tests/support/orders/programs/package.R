# Reads "a TAB b" lines, writes one of < = > ! a pair: R's comparison of package versions, ! where it refuses one of them.
lines <- readLines(file("stdin"))
pairs <- strsplit(lines, "\t", fixed = TRUE)
first <- vapply(pairs, `[`, "", 1)
second <- vapply(pairs, `[`, "", 2)
known <- unique(c(first, second))
numbers <- unclass(suppressWarnings(numeric_version(known, strict = FALSE)))
usable <- vapply(numbers, function(one) length(one) > 0 && !anyNA(one), NA)
asked <- usable[match(first, known)] & usable[match(second, known)]
said <- rep("!", length(lines))
order <- mapply(utils::compareVersion, first[asked], second[asked], USE.NAMES = FALSE)
said[asked] <- c("<", "=", ">")[as.integer(order) + 2]
cat(said, sep = "")
