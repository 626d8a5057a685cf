# In: a truth JSON as `scarcity synth` writes it, then the CSV of `scarcity discover --edges`. Out: what was found, and
# an exit code: 0 when every planted link is accepted at its lag and at most 5 % of the accepted links are not planted.
FNR == 1 { file++ }

file == 1 {
    if ($0 ~ /"var_names"/) { in_names = 1; next }
    if (in_names && $0 ~ /\]/) { in_names = 0; next }
    if (in_names) { gsub(/[ ",]/, ""); name[names++] = $0; next }
    if ($0 ~ /"edges"/) { in_edges = 1; next }
    # A list ends where a bracket closes at the outermost indentation.
    if (in_edges && $0 ~ /^  \]/) { in_edges = 0; next }
    if (in_edges && $0 ~ /"(source|target|lag)"/) {
        key = $0; gsub(/[ ":,0-9]/, "", key)
        value = $0; gsub(/[^0-9]/, "", value)
        field[key] = value
        if (key == "lag") { planted[name[field["source"]] "," name[field["target"]] "," field["lag"]] = 1; plants++ }
    }
    next
}

FNR == 1 {
    if ($0 !~ /^source,target,lag,score,effect,ci_lo,ci_hi,stability,p_value,q_value,accepted\r?$/) {
        print "unexpected header: " $0; bad = 1; exit 1
    }
    next
}

{
    split($0, cell, ",")
    sub(/\r$/, "", cell[11])
    if (cell[11] != "true") next
    accepted++
    link = cell[1] "," cell[2] "," cell[3]
    if (link in planted) found++; else { wrong++; print "not planted: " link }
}

END {
    if (bad) exit 1
    printf "%d of %d planted links found, %d of %d accepted links not planted\n", found, plants, wrong, accepted
    exit !(plants > 0 && found == plants && wrong <= 0.05 * accepted)
}
