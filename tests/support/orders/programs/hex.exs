# Reads "a TAB b" lines, writes one of < = > ! a pair: Elixir's Version.compare, ! where it refuses one of them.
:io.setopts(:standard_io, binary: true, encoding: :latin1)

said =
  IO.binstream(:stdio, :line)
  |> Stream.map(fn line ->
    [a, b] = line |> String.trim_trailing("\n") |> String.split("\t", parts: 2)

    with {:ok, a} <- Version.parse(a), {:ok, b} <- Version.parse(b) do
      case Version.compare(a, b) do
        :lt -> "<"
        :eq -> "="
        :gt -> ">"
      end
    else
      _ -> "!"
    end
  end)

Enum.chunk_every(said, 10_000) |> Enum.each(&IO.binwrite/1)
