# Verifies letters by Mail::DKIM, as verify.py does by dkimpy. It knows RSA alone.
use strict;
use warnings;
use Mail::DKIM::Verifier;
use Net::DNS::RR;

my $folder = shift;
my %keys;
open my $lines, '<', "$folder/keys" or die;
while (<$lines>) {
    chomp;
    my ($name, $record) = split /\t/;
    $keys{$name} = $record;
}
{
    no warnings 'redefine';
    *Mail::DKIM::DNS::query = sub {
        my ($name) = @_;
        my $record = $keys{$name} or return;
        my $strings = join ' ', map { "\"$_\"" } $record =~ /.{1,200}/g;
        return (Net::DNS::RR->new("$name. 60 IN TXT $strings"));
    };
}
for my $path (sort glob "$folder/*.eml") {
    open my $file, '<:raw', $path or die;
    my $verifier = Mail::DKIM::Verifier->new;
    while (<$file>) { $verifier->PRINT($_) }
    $verifier->CLOSE;
    my ($stem) = $path =~ m{([^/]+)\.eml$};
    for my $signature ($verifier->signatures) {
        print "$stem ", $signature->algorithm, ' ', $signature->result, "\n" if $signature->algorithm eq 'rsa-sha256';
    }
}
