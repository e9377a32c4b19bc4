# Makes insteval_lme4.csv: the lecturer effects that lme4's mixed model finds
# in the ratings of InstEval, its data set of lecture ratings at ETH Zurich.
#
#   Rscript test/data/insteval_lme4.R >test/data/insteval_lme4.csv
#
# Needs the R package lme4 (Debian: r-cran-lme4); the tests only read the file.
# "#" lines say which versions made it, and the standard deviations found.
suppressPackageStartupMessages(library(lme4))

model <- lmer(y ~ 1 + (1 | s) + (1 | d), data = InstEval)
effects <- ranef(model)$d
deviations <- as.data.frame(VarCorr(model))

cat(sprintf("# %s, lme4 %s\n", R.version.string, packageVersion("lme4")))
cat("# mean", format(fixef(model)[[1]], digits = 8), "\n")
cat("# standard deviations:", paste(deviations$grp, format(deviations$sdcor, digits = 8)), "\n")
cat("d,effect\n")
cat(sprintf("%s,%.6f\n", rownames(effects), effects[[1]]), sep = "")
