-- A node of one dimension whose header counts 16,384 cells, and which holds none.
SELECT length(rtreenode(1, x'00004000'));
