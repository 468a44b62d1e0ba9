module podscope.dev/oracle/pause

go 1.26
