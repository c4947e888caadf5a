<?php
// Reads "a TAB b" lines, writes one of < = > ! a pair: Composer's normalization and constraints, ! where it refuses one.
require 'Composer/Semver/autoload.php';
use Composer\Semver\Constraint\Constraint;
use Composer\Semver\VersionParser;

$parser = new VersionParser();
$known = [];
$said = '';
$constraint = function (string $text) use ($parser, &$known) {
    if (!array_key_exists($text, $known)) {
        try {
            $normal = $parser->normalize($text);
            $known[$text] = [new Constraint('==', $normal), new Constraint('<', $normal)];
        } catch (UnexpectedValueException $refused) {
            $known[$text] = null;
        }
    }
    return $known[$text];
};
while (($line = fgets(STDIN)) !== false) {
    [$a, $b] = array_map($constraint, explode("\t", rtrim($line, "\n"), 2));
    if ($a === null || $b === null) {
        $said .= '!';
    } elseif ($b[1]->matchSpecific($a[0])) {
        $said .= '<';
    } elseif ($a[1]->matchSpecific($b[0])) {
        $said .= '>';
    } else {
        $said .= $a[0]->matchSpecific($b[0]) ? '=' : '?';
    }
}
echo $said;
