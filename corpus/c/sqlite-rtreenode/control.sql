CREATE VIRTUAL TABLE berths USING rtree(id, low, high);
INSERT INTO berths VALUES (1, 0.0, 12.5), (2, 12.5, 30.0);
SELECT count(*) AS berths FROM berths WHERE high > 20;
SELECT rtreenode(1, data) AS node FROM berths_node;
