package main

import (
	"fmt"
	"os"

	"gopkg.in/yaml.v3"
)

// drive reads a file of settings, as a program does with a file that it was given.
func drive(path string) {
	text, err := os.ReadFile(path)
	if err != nil {
		os.Exit(2)
	}
	var settings interface{}
	if err := yaml.Unmarshal(text, &settings); err != nil {
		fmt.Println("refused:", err)
		return
	}
	fmt.Println(settings)
}
