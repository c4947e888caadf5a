// Reads "a TAB b" lines, writes one of < = > ! a pair: NuGetVersion's own comparison, ! where it refuses one of them.
// The library lies inside nuget.exe, so it is asked by reflection.
using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Reflection;
using System.Text;

public static class Program
{
    public static void Main(string[] words)
    {
        var type = Assembly.LoadFrom(words[0]).GetType("NuGet.Versioning.NuGetVersion", true);
        var parse = type.GetMethod("TryParse", new[] { typeof(string), type.MakeByRefType() });
        var known = new Dictionary<string, IComparable>();
        var input = new StreamReader(Console.OpenStandardInput(), Encoding.UTF8);
        var said = new StringBuilder();
        for (var line = input.ReadLine(); line != null; line = input.ReadLine())
        {
            var texts = line.Split('\t');
            var versions = new IComparable[2];
            for (var i = 0; i < 2; i++)
            {
                if (!known.TryGetValue(texts[i], out versions[i]))
                {
                    var slot = new object[] { texts[i], null };
                    versions[i] = (bool)parse.Invoke(null, slot) ? (IComparable)slot[1] : null;
                    known[texts[i]] = versions[i];
                }
            }
            if (versions[0] == null || versions[1] == null) { said.Append('!'); continue; }
            var order = versions[0].CompareTo(versions[1]);
            said.Append(order < 0 ? '<' : order > 0 ? '>' : '=');
        }
        Console.Out.Write(said);
    }
}
