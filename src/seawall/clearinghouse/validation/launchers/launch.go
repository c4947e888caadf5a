// Runs a driver's drive() and notes, for the harness, a panic that came out of it: the kinds of its value, and where it came from.
// Panics of other goroutines and the runtime's fatal errors end the process by SIGABRT instead (GOTRACEBACK=crash).
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strings"
)

const (
	exitException = 66
	framesMax     = 40
)

func main() {
	defer func() {
		if value := recover(); value != nil {
			note(value)
		}
	}()
	drive(os.Args[1])
}

func note(value interface{}) {
	kind := fmt.Sprintf("%T", value)
	names := []string{kind[strings.LastIndex(kind, ".")+1:]}
	if _, is := value.(runtime.Error); is {
		names = append(names, "Error")
	}
	names = append(names, "panic")
	counters := make([]uintptr, 2000)
	walk := runtime.CallersFrames(counters[:runtime.Callers(3, counters)])
	frames := [][2]string{}
	seen := map[[2]string]bool{}
	for more := true; more && len(frames) < framesMax; {
		var frame runtime.Frame
		frame, more = walk.Next()
		file := strings.Replace(strings.TrimSuffix(frame.File, ".go"), "/target/src/", "/target/", 1)
		one := [2]string{file, frame.Function[strings.LastIndex(frame.Function, "/")+1:]}
		if !seen[one] {
			seen[one] = true
			frames = append(frames, one)
		}
	}
	line, _ := json.Marshal(map[string]interface{}{"kind": "exception", "names": names, "frames": frames})
	file, err := os.OpenFile("/report/notes.jsonl", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err == nil {
		file.Write(append(line, '\n'))
		file.Close()
	}
	fmt.Fprintf(os.Stderr, "panic: %T\n", value)
	os.Exit(exitException)
}
