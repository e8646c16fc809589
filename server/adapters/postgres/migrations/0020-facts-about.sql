-- State that is kept as facts alone (overflow): its newest fact about each subject is found without reading the rest.
create index facts_about on facts ((data->>'about'), sequence desc) where data->>'about' is not null;
