SELECT *
  FROM reading
 WHERE ((level > 3) AND (gate = 2))
 ORDER BY 1;
