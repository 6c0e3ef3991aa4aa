-- `source_lag.bucket` held the power of two that a delay was below; from here on it is the delay in
-- milliseconds, rounded up by an eighth at most. By way of negative ones: a new value may be that of
-- another row's old one.
update source_lag
   set bucket = -((1 << min(bucket, 62)) - 1);

update source_lag
   set bucket = -bucket
 where bucket < 0;
